package dev.sampo.actors.post;

import dev.sampo.protocol.AuditRule;
import dev.sampo.protocol.Ballot;
import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.DeviceId;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.EvaluationRule;
import dev.sampo.protocol.Evaluations;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.GradientFacts;
import dev.sampo.protocol.HeldOutLoss;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.LearningRate;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.Order;
import dev.sampo.protocol.Orders;
import dev.sampo.protocol.Origin;
import dev.sampo.protocol.Quarantined;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.SnapshotOrder;
import dev.sampo.protocol.SnapshotRule;
import dev.sampo.protocol.Term;
import dev.sampo.protocol.Verdicts;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.message.Clearance;
import dev.sampo.protocol.message.Message;
import dev.sampo.protocol.message.ReplicaReport;
import dev.sampo.protocol.message.Scrutiny;
import dev.sampo.protocol.message.Sighting;
import dev.sampo.protocol.message.SlotLoss;
import dev.sampo.protocol.message.Verdict;
import dev.sampo.protocol.message.WorkerReport;
import dev.sampo.protocol.message.WrittenPart;
import dev.sampo.protocol.tree.TreeNode;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Every message of the protocol with the values that strain an encoding: numbers of 64 bits at both
 * ends, not a number, null wherever it may be, and lists that are empty.
 */
final class MessageExamples {
  static final NodeId NODE = new NodeId("anvil");
  static final Member FIRST = new Member(NODE, Long.MAX_VALUE);
  static final Member SECOND = new Member(new NodeId("lathe.shop-2"), Long.MIN_VALUE);
  static final JobId JOB = new JobId("fedcba9876543210");
  static final Fence FENCE =
      new Fence(Long.MAX_VALUE, new Term(Long.MAX_VALUE, NODE), Long.MIN_VALUE);

  private static final Digest DIGEST = Digest.ofText("some bytes");
  private static final TreeNode ALL_SLOTS = new TreeNode(0, Integer.MAX_VALUE);
  private static final TreeNode LAST_SLOT = new TreeNode(Integer.MAX_VALUE - 1, 1);

  private MessageExamples() {}

  static List<Message> all() {
    return Stream.of(register(), reports(), steps(), replicas(), workers())
        .flatMap(List::stream)
        .toList();
  }

  private static List<Message> register() {
    return List.of(
        new Message.Prepare(FENCE.term()),
        new Message.Accept(FENCE.term(), configuration()),
        new Message.Promised(FENCE.term(), null),
        new Message.Promised(FENCE.term(), new Ballot(FENCE.term(), configuration())),
        new Message.Accepted(FENCE.term(), Long.MIN_VALUE),
        new Message.Refused(new Term(Long.MIN_VALUE, NODE), FENCE.term()));
  }

  private static List<Message> reports() {
    return List.of(
        new Message.Report(FENCE, configuration(), Scrutiny.NONE),
        new Message.Report(FENCE, configuration(), Scrutiny.BYTES),
        new Message.Reported(FENCE, 0, new ReplicaReport(List.of(), -1, null, -1, List.of(), "")),
        new Message.Reported(
            FENCE,
            Integer.MAX_VALUE,
            new ReplicaReport(
                List.of(record(), firstRecord()),
                Long.MAX_VALUE,
                DIGEST,
                Long.MAX_VALUE,
                List.of(ALL_SLOTS),
                "")),
        new Message.WorkerReported(FENCE, new WorkerReport(0, -1, null, List.of())),
        new Message.WorkerReported(
            FENCE, new WorkerReport(1, Long.MAX_VALUE, DIGEST, List.of(LAST_SLOT, ALL_SLOTS))),
        new Message.Fenced(new Fence(Long.MIN_VALUE, FENCE.term(), 0), FENCE));
  }

  private static List<Message> steps() {
    return List.of(
        new Message.Base(FENCE, Long.MAX_VALUE, DIGEST, List.of(FIRST, SECOND), Clearance.GIVEN),
        new Message.Base(FENCE, 0, DIGEST, List.of(), Clearance.AWAITED),
        new Message.Coverage(FENCE, 3, Long.MAX_VALUE, List.of(), List.of()),
        new Message.Coverage(FENCE, 3, 0, List.of(LAST_SLOT), sightings()),
        new Message.Reduced(
            FENCE,
            3,
            Long.MAX_VALUE,
            new GradientFacts(DIGEST, Double.POSITIVE_INFINITY, false, Double.NaN)),
        new Message.Reduced(
            FENCE, 3, 0, new GradientFacts(DIGEST, Double.MIN_VALUE, true, -Double.MAX_VALUE)),
        new Message.Apply(FENCE, null, skipped()),
        new Message.Apply(FENCE, DIGEST, taken()),
        new Message.Applied(FENCE, 3, record()),
        new Message.Applied(FENCE, 3, skippedRecord()),
        new Message.LacksGradient(FENCE, 3, Long.MAX_VALUE),
        new Message.CaughtUp(FENCE, 3, firstRecord()),
        new Message.Kept(FENCE, 3, Long.MAX_VALUE),
        new Message.Written(FENCE, part("")),
        new Message.Published(FENCE, Long.MAX_VALUE, "", "a folder"),
        new Message.CopyFrom(FENCE, SECOND, record()));
  }

  private static List<Message> replicas() {
    return List.of(
        new Message.Hold(FENCE, Long.MAX_VALUE, DIGEST),
        new Message.Held(FENCE, Long.MAX_VALUE, DIGEST),
        new Message.LacksBytes(FENCE, Long.MAX_VALUE, DIGEST),
        new Message.CopyRequest(FENCE, 0, -1),
        new Message.CopyRequest(FENCE, Integer.MAX_VALUE, Long.MAX_VALUE),
        new Message.Fed(FENCE, record(), DIGEST),
        new Message.Fed(FENCE, skippedRecord(), null));
  }

  private static List<Message> workers() {
    List<Message> answers =
        Arrays.stream(Verdict.values())
            .<Message>map(
                verdict -> new Message.PieceAnswer(FENCE, 3, Long.MAX_VALUE, LAST_SLOT, verdict))
            .toList();
    List<Message> others =
        List.of(
            new Message.Grant(FENCE, JOB, 0, DIGEST, List.of(), List.of(), List.of()),
            grant(3, 5),
            new Message.Evaluate(FENCE, JOB, 0, DIGEST, List.of(), List.of(), List.of()),
            new Message.Evaluate(
                FENCE,
                JOB,
                Long.MAX_VALUE,
                DIGEST,
                List.of(DIGEST),
                List.of(FIRST),
                List.of(0, Integer.MAX_VALUE)),
            new Message.Evaluated(FENCE, Long.MAX_VALUE, List.of()),
            new Message.Evaluated(
                FENCE,
                0,
                List.of(
                    new SlotLoss(0, Double.MIN_VALUE, Long.MAX_VALUE),
                    new SlotLoss(Integer.MAX_VALUE, Double.NaN, 0))),
            new Message.Keep(FENCE, record()),
            new Message.Publish(FENCE, List.of()),
            new Message.Publish(FENCE, List.of(part(""), part("no room"))),
            new Message.PullParameters(Long.MAX_VALUE, DIGEST),
            new Message.Committed(FENCE, 0, null, List.of(), List.of()),
            new Message.Committed(
                FENCE, Long.MAX_VALUE, skipped(), List.of(DIGEST), List.of(SECOND)),
            new Message.Configured(FENCE, configuration()));
    return Stream.of(answers, others).flatMap(List::stream).toList();
  }

  /** The longest a grant can get: single slots, which no tree node holds together. */
  static Message.Grant grant(int shards, int slots) {
    return new Message.Grant(
        FENCE,
        JOB,
        Long.MAX_VALUE,
        DIGEST,
        IntStream.range(0, shards).mapToObj(shard -> Digest.ofText("shard " + shard)).toList(),
        IntStream.range(0, shards).mapToObj(shard -> shard % 2 == 0 ? FIRST : SECOND).toList(),
        IntStream.range(0, slots).mapToObj(slot -> new TreeNode(slot, 1)).toList());
  }

  private static final DeviceId DEVICE = new DeviceId(FIRST.node(), 1);

  static Configuration configuration() {
    return new Configuration(
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        job(),
        JobStatus.STOPPED,
        List.of(),
        List.of(
            new ShardMembers(0, List.of(FIRST, SECOND), SECOND, List.of()),
            new ShardMembers(1, List.of(FIRST), FIRST, List.of(SECOND))),
        "cpu-f32-9c41e0",
        "two replicas differ: \"a\" ≠ b\n\u0000\ud83d\ude00",
        new Orders(
            Orders.Pace.PAUSED,
            new SnapshotOrder(SnapshotOrder.State.FAILED, 7, "no room; hint: \u00e4"),
            List.of(FIRST),
            List.of(order(Order.Kind.CANCEL, "why not?"), order(Order.Kind.RESUME, "")),
            new Origin(Long.MAX_VALUE, 7, "/snapshots/\u00e4", DIGEST.hex()),
            Long.MAX_VALUE),
        new Evaluations(
            new HeldOutLoss(Long.MAX_VALUE, Double.NaN, Long.MAX_VALUE),
            new HeldOutLoss(1, Double.MIN_VALUE, 1),
            Integer.MAX_VALUE),
        new Verdicts(
            Long.MAX_VALUE,
            1,
            List.of(
                new Quarantined(
                    DEVICE, 7, 3, 1, DIGEST, Digest.ofText("agreed"), List.of(DEVICE, DEVICE)))));
  }

  private static List<Sighting> sightings() {
    WorkerId worker = new WorkerId(FIRST, Integer.MAX_VALUE);
    return List.of(
        new Sighting(Integer.MAX_VALUE, worker, DIGEST, Sighting.Fate.TAKEN),
        new Sighting(0, worker, DIGEST, Sighting.Fate.COMPARED));
  }

  static WrittenPart part(String failure) {
    return new WrittenPart(Integer.MAX_VALUE, record(), Long.MAX_VALUE, failure);
  }

  static Order order(Order.Kind kind, String text) {
    return new Order(JOB, "ada@" + kind, Long.MAX_VALUE, kind, text);
  }

  static JobSpec job() {
    return new JobSpec(
        JOB,
        "# sampo job, version 1\njob.name=ä\n",
        Integer.MAX_VALUE,
        Integer.MAX_VALUE,
        Long.MAX_VALUE,
        2,
        1,
        new LearningRate(1e-3, Double.MIN_VALUE, 0, Long.MAX_VALUE),
        Double.MAX_VALUE,
        0,
        true,
        SnapshotRule.NONE,
        new EvaluationRule(Long.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE),
        new AuditRule(1.0 / 3.0));
  }

  static CommitRecord record() {
    return new CommitRecord(Long.MAX_VALUE, FENCE, taken(), DIGEST, Digest.ofText("moments"));
  }

  private static CommitRecord skippedRecord() {
    return new CommitRecord(1, FENCE, skipped(), DIGEST, DIGEST);
  }

  private static CommitRecord firstRecord() {
    return new CommitRecord(0, null, null, DIGEST, DIGEST);
  }

  /** One that was not skipped, with values whose bits no rounding may touch. */
  private static Decision taken() {
    return new Decision(Long.MAX_VALUE - 1, 1.0 / 3.0, -0.0, false, 0, Math.PI, Double.MIN_VALUE);
  }

  private static Decision skipped() {
    return new Decision(Long.MIN_VALUE, 1, 0, true, Integer.MAX_VALUE, Double.NaN, Double.NaN);
  }
}
