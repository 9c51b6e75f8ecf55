package dev.sampo.actors.post;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.sampo.actors.job.JobHost;
import dev.sampo.actors.job.NodePaths;
import dev.sampo.actors.job.ParameterShard;
import dev.sampo.actors.job.ShardStatus;
import dev.sampo.actors.plane.SurveyedPath;
import dev.sampo.gradient.Finding;
import dev.sampo.gradient.PathSurvey;
import dev.sampo.gradient.Route;
import dev.sampo.protocol.Order;
import dev.sampo.protocol.Origin;
import dev.sampo.protocol.coordinator.Acceptance;
import dev.sampo.protocol.coordinator.Loss;
import dev.sampo.protocol.membership.NodeCard;
import dev.sampo.protocol.membership.NodeCard.WorkerCard;
import dev.sampo.protocol.message.Message;
import java.io.IOException;
import java.io.NotSerializableException;
import java.lang.reflect.RecordComponent;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializer;
import org.apache.pekko.serialization.Serializers;
import org.apache.pekko.serialization.jackson.JacksonCborSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What one node says, another hears: by the serializer and the settings that nodes run with. */
@Timeout(60)
final class WireTest {
  private static final Config CONFIG =
      ConfigFactory.parseString(
              """
              pekko.remote.artery.canonical { hostname = "127.0.0.1", port = 0 }
              """)
          .withFallback(ConfigFactory.parseResources("sampo-pekko.conf"))
          .withFallback(ConfigFactory.defaultReference())
          .resolve();

  private final ActorSystem<Void> system =
      ActorSystem.create(Behaviors.empty(), "sampo-wire", CONFIG);
  private final Serialization serialization = SerializationExtension.get(Adapter.toClassic(system));

  @AfterEach
  void end() throws Exception {
    system.terminate();
    system.getWhenTerminated().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @Test
  void everyMessageOfTheProtocolArrivesAsItWasSent() throws Exception {
    List<Message> examples = MessageExamples.all();
    assertExamplesOf(leaves(Message.class).collect(Collectors.toSet()), examples);
    for (Message message : examples) {
      assertArrives(parcel(message));
    }
  }

  @Test
  void everythingElseThatLeavesANodeArrivesAsItWasSent() throws Exception {
    List<Wire> examples = examplesOfTheRest();
    assertExamplesOf(wireTypes(), examples);
    for (Wire example : examples) {
      assertArrives(example);
    }
  }

  @Test
  void aGrantOfAThousandSlotsIsFarSmallerThanAFrame() {
    byte[] bytes = bytes(parcel(MessageExamples.grant(64, 1_000)));
    long frame = CONFIG.getBytes("pekko.remote.artery.advanced.maximum-frame-size");
    assertTrue(4L * bytes.length < frame, () -> "bytes=" + bytes.length + ", frameBytes=" + frame);
  }

  private static Parcel parcel(Message message) {
    return new Parcel(
        MessageExamples.FIRST,
        MessageExamples.SECOND,
        Role.REPLICA,
        Parcel.ALL_DEVICES,
        MessageExamples.JOB,
        message);
  }

  private List<Wire> examplesOfTheRest() {
    NodeCard idle = new NodeCard(MessageExamples.SECOND, "::1", 1, false, 0, List.of());
    WorkerCard preparing = new WorkerCard(0, null, "", 0, "");
    WorkerCard ready =
        new WorkerCard(Integer.MAX_VALUE, MessageExamples.JOB, "cpu", Double.MIN_VALUE, "no data");
    NodeCard busy =
        new NodeCard(
            MessageExamples.FIRST,
            "127.0.0.1",
            65_535,
            true,
            Long.MAX_VALUE,
            List.of(preparing, ready));
    Message.Committed committed =
        new Message.Committed(MessageExamples.FENCE, 0, null, List.of(), List.of());
    return List.of(
        new Parcel(MessageExamples.SECOND, MessageExamples.FIRST, Role.VOTER, 0, null, committed),
        parcel(committed),
        new CopyNotice(
            MessageExamples.FIRST,
            MessageExamples.JOB,
            3,
            MessageExamples.FENCE,
            Integer.MAX_VALUE,
            MessageExamples.record()),
        new Post.Beat(idle, List.of(), ref("quiet")),
        new Post.Beat(busy, List.of(MessageExamples.NODE), ref("busy")),
        new Post.StatusRequest(ref("asker")),
        new ForCoordinator.SubmitJob(MessageExamples.job(), Origin.VERSION_ZERO, ref("submitter")),
        new ForCoordinator.SubmitJob(
            MessageExamples.job(), new Origin(Long.MAX_VALUE, 3, "/v3", "3a"), ref("restorer")),
        new ForCoordinator.GiveOrder(MessageExamples.order(Order.Kind.PAUSE, ""), ref("ada")),
        new ForCoordinator.LookForLoss(ref("anxious")),
        new ForCoordinator.AcceptLoss(
            new Acceptance(MessageExamples.FENCE.term(), Long.MIN_VALUE, Long.MAX_VALUE),
            ref("bereaved")),
        new LossStatus(null, null),
        new LossStatus(
            MessageExamples.configuration(),
            new Loss(
                MessageExamples.configuration(),
                List.of(MessageExamples.NODE),
                MessageExamples.FENCE.term())),
        new JobHost.AskOwner(Integer.MAX_VALUE, ref("curious")),
        new JobHost.AskPaths(MessageExamples.NODE, ref("surveyor")),
        new NodePaths(MessageExamples.NODE, List.of()),
        new NodePaths(MessageExamples.NODE, List.of(surveyed("timed out"), surveyed(null))),
        new ParameterShard.Inspect(ref("inspector")),
        new ShardStatus(0, "", Long.MIN_VALUE, ""),
        new Submitted(Submitted.Outcome.REFUSED, "one job at a time"),
        new Status("anvil", List.of(), null, null, null),
        new Status(
            "anvil",
            List.of(idle, busy),
            MessageExamples.FENCE,
            MessageExamples.configuration(),
            committed));
  }

  private static SurveyedPath surveyed(@Nullable String failure) {
    return new SurveyedPath(
        new PathSurvey.Path(
            "b", "::1", Route.NETWORK, Long.MAX_VALUE, 1e9, Long.MIN_VALUE, 1_408, failure),
        new Finding(Finding.Level.WARNING, "path", "slower than asked for"));
  }

  private <T> ActorRef<T> ref(String name) {
    return system.systemActorOf(Behaviors.<T>empty(), name, Props.empty());
  }

  private void assertArrives(Wire sent) throws NotSerializableException {
    Serializer serializer = serialization.serializerFor(sent.getClass());
    assertInstanceOf(JacksonCborSerializer.class, serializer, () -> "serializer of " + sent);
    String manifest = Serializers.manifestFor(serializer, sent);
    Object heard = serialization.deserialize(bytes(sent), serializer.identifier(), manifest).get();
    assertEquals(sent, heard);
  }

  private byte[] bytes(Wire sent) {
    return serialization.serialize(sent).get();
  }

  /** Each type has an example; of each list an empty one, and null wherever that may be. */
  private static void assertExamplesOf(Set<Class<?>> types, Collection<?> examples) {
    List<String> missing = new ArrayList<>();
    for (Class<?> type : types) {
      List<?> ofType = examples.stream().filter(type::isInstance).toList();
      if (ofType.isEmpty()) {
        missing.add(type.getName());
      }
      for (RecordComponent component : type.getRecordComponents()) {
        if (component.getType() == List.class
            && !has(ofType, component, value -> value instanceof List<?> l && l.isEmpty())) {
          missing.add(type.getName() + " with an empty " + component.getName());
        }
        if (component.getAnnotatedType().isAnnotationPresent(Nullable.class)
            && !has(ofType, component, value -> value == null)) {
          missing.add(type.getName() + " without " + component.getName());
        }
      }
    }
    assertEquals(List.of(), missing, "messages without an example here");
  }

  private static boolean has(
      List<?> examples, RecordComponent component, Predicate<@Nullable Object> wanted) {
    return examples.stream().anyMatch(example -> wanted.test(value(example, component)));
  }

  private static @Nullable Object value(Object example, RecordComponent component) {
    try {
      component.getAccessor().setAccessible(true);
      return component.getAccessor().invoke(example);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(component + " of " + example, e);
    }
  }

  private static Stream<Class<?>> leaves(Class<?> type) {
    return type.isSealed()
        ? Arrays.stream(type.getPermittedSubclasses()).flatMap(WireTest::leaves)
        : Stream.of(type);
  }

  /** The compiled classes of this module that are marked to leave the process. */
  private static Set<Class<?>> wireTypes() throws IOException, URISyntaxException {
    Path classes = Path.of(Wire.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<Path> files;
    try (Stream<Path> found = Files.walk(classes)) {
      files = found.filter(file -> file.toString().endsWith(".class")).toList();
    }
    Set<Class<?>> types = new TreeSet<>((one, other) -> one.getName().compareTo(other.getName()));
    for (Path file : files) {
      Class<?> type = named(classes.relativize(file).toString());
      if (Wire.class.isAssignableFrom(type) && !type.isInterface()) {
        types.add(type);
      }
    }
    assertTrue(types.contains(Parcel.class), () -> "looked in " + classes + ", found " + types);
    return types;
  }

  private static Class<?> named(String file) {
    String name = file.substring(0, file.length() - ".class".length()).replace('/', '.');
    try {
      return Class.forName(name, false, Wire.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException("a compiled class: name=" + name, e);
    }
  }
}
