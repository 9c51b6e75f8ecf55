package dev.sampo.actors.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.actors.event.EventLog;
import dev.sampo.actors.node.SampoNode.Ending;
import dev.sampo.actors.post.Status;
import dev.sampo.actors.post.Submitted;
import dev.sampo.config.PinnedJob;
import dev.sampo.config.SampoConfig;
import dev.sampo.model.prepare.Preparation;
import dev.sampo.model.prepare.SplitRule;
import dev.sampo.model.text.Corpus;
import dev.sampo.model.token.ByteTokenizer;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.Origin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real nodes on the loopback address, all in this process: who may come, and who may not. */
@Timeout(120)
final class NewcomerTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private static final long STEPS = 40;

  private static final String WORDS = "the mill grinds grain and salt and gold, ";

  @TempDir Path folder;

  /** Closed from the newest to the oldest: the founder has to see the others leave. */
  private final Deque<SampoNode> nodes = new ArrayDeque<>();

  private Path corpus = Path.of("");

  @BeforeEach
  void prepare() throws IOException {
    Path texts = Files.createDirectories(folder.resolve("texts"));
    for (int i = 0; i < 60; i++) {
      Files.writeString(texts.resolve(i + ".txt"), i + WORDS.repeat(20));
    }
    corpus = folder.resolve("corpus");
    new Preparation(new ByteTokenizer(), null, Set.of(".txt"), "text", SplitRule.DOCUMENTS)
        .write(
            new Preparation.Sources(List.of(texts), List.of()),
            corpus,
            new Preparation.OnBad.Refuse(),
            (bytes, documents, tokens) -> {});
  }

  @AfterEach
  void close() {
    nodes.forEach(SampoNode::close);
  }

  @Test
  void nodesOfAnotherClusterAreRefusedAndDoTheClusterNoHarm() throws Exception {
    SampoNode founder = start("a", List.of());
    await("the founder is a member", founder::isUp);
    String seed = "127.0.0.1:" + founder.controlPort();
    SampoNode second = start("b", List.of("node.seeds=[\"" + seed + "\"]"));
    await("the second node is a member", second::isUp);
    submit(founder);
    await("a step is committed", () -> committed(founder) > 0);

    refused(seed, "cluster.name=another");
    refused(seed, "cluster.voters=[stranger,b]");

    await("the job is done", () -> statusOf(founder) == JobStatus.FINISHED);
    assertEquals(STEPS, committed(founder));
    assertEquals(
        List.of("a", "b"),
        status(founder).alive().stream().map(card -> card.member().node().name()).toList());
    for (SampoNode node : List.of(founder, second)) {
      assertTrue(node.isUp(), () -> "is a member still: node=" + node.self());
      assertFalse(node.ended().toCompletableFuture().isDone());
    }
    String events = Files.readString(founder.folder().resolve(EventLog.FILE));
    assertFalse(events.contains("stranger"), events);
    assertEquals(1, events.split("\"event\":\"elected\"", -1).length - 1, events);
  }

  @Test
  void aNodeThatLeavesSaysSo() throws Exception {
    SampoNode alone = start("a", List.of());
    await("the node is a member", alone::isUp);
    alone.close();
    assertEquals(new Ending.Left(), ending(alone));
  }

  private void refused(String seed, String difference) throws Exception {
    SampoNode stranger = start("stranger", List.of("node.seeds=[\"" + seed + "\"]", difference));
    assertEquals(
        new Ending.Failed(
            "a node must have the cluster's name, version and voters: node.seeds=["
                + seed
                + "]; hint: compare cluster.name, cluster.voters and sampo --version"),
        ending(stranger),
        difference);
  }

  private static Ending ending(SampoNode node)
      throws InterruptedException, ExecutionException, TimeoutException {
    return node.ended().toCompletableFuture().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  private SampoNode start(String name, List<String> more) {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "node.name=" + name,
                "node.control-port=0",
                "node.data-port=0",
                "node.folder=\"" + folder.resolve(name) + "\"",
                "node.devices=[{kind=cpu,threads=1}]",
                "node.memory=512MiB",
                "node.data-plane.term=1MiB",
                "cluster.voters=[a]"));
    settings.addAll(more);
    SampoConfig config = SampoConfig.load(List.of(), settings);
    SampoNode node =
        SampoNode.start(config.node(), config.cluster(), fingerprint -> Corpus.open(corpus));
    nodes.push(node);
    return node;
  }

  private void submit(SampoNode node) throws Exception {
    SampoConfig config =
        SampoConfig.load(
            List.of(),
            List.of(
                "job.name=newcomers",
                "job.steps=" + STEPS,
                "job.shards=2",
                "job.model.layers=1",
                "job.model.heads=1",
                "job.model.width=16",
                "job.model.context=16",
                "job.batch.grain=2",
                // Parameters travel rounded, and hash to what their owners say.
                "job.model.precision=bf16",
                "job.batch.sequences=1"));
    try (Corpus opened = Corpus.open(corpus)) {
      PinnedJob job = config.requireJob().withData(opened.fingerprint(), opened.vocabulary());
      await(
          "the job is taken",
          () ->
              answer(node.client().submit(Jobs.spec(job, 2), Origin.VERSION_ZERO)).outcome()
                  == Submitted.Outcome.TAKEN);
    }
  }

  private static long committed(SampoNode node) throws Exception {
    var committed = status(node).committed();
    return committed == null ? -1 : committed.version();
  }

  private static @Nullable JobStatus statusOf(SampoNode node) throws Exception {
    var configuration = status(node).configuration();
    return configuration == null ? null : configuration.status();
  }

  private static Status status(SampoNode node) throws Exception {
    return answer(node.client().status());
  }

  private static <T> T answer(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  private static void await(String what, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!condition.call()) {
      assertTrue(System.nanoTime() - deadline < 0, () -> "did not come true: " + what);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }
}
