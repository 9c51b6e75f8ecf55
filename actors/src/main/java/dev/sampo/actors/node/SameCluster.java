package dev.sampo.actors.node;

import com.typesafe.config.Config;
import java.util.List;
import org.apache.pekko.cluster.ConfigValidation;
import org.apache.pekko.cluster.JoinConfigCompatChecker;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Lets only nodes of the same cluster and version join: a bad newcomer never harms a running job.
 */
public final class SameCluster extends JoinConfigCompatChecker {
  private static final List<String> KEYS =
      List.of("sampo.version", "sampo.cluster.name", "sampo.cluster.voters");

  @Override
  public Seq<String> requiredKeys() {
    return CollectionConverters.asScala(KEYS).toList();
  }

  @Override
  public ConfigValidation check(Config toCheck, Config actual) {
    return JoinConfigCompatChecker.fullMatch(requiredKeys(), toCheck, actual);
  }
}
