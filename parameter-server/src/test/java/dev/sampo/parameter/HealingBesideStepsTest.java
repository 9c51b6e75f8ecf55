package dev.sampo.parameter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.protocol.AuditRule;
import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.EvaluationRule;
import dev.sampo.protocol.Evaluations;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.LearningRate;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.Orders;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.ShardRange;
import dev.sampo.protocol.SnapshotRule;
import dev.sampo.protocol.Term;
import dev.sampo.protocol.Verdicts;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.message.Clearance;
import dev.sampo.protocol.message.Message.Applied;
import dev.sampo.protocol.message.Message.Apply;
import dev.sampo.protocol.message.Message.Base;
import dev.sampo.protocol.message.Message.CaughtUp;
import dev.sampo.protocol.message.Message.PieceAnswer;
import dev.sampo.protocol.message.Message.Publish;
import dev.sampo.protocol.message.Message.Reduced;
import dev.sampo.protocol.message.Message.Report;
import dev.sampo.protocol.message.Message.ToCoordinator;
import dev.sampo.protocol.message.Message.ToReplica;
import dev.sampo.protocol.message.Scrutiny;
import dev.sampo.protocol.shard.Replica;
import dev.sampo.protocol.shard.ReplicaOutput;
import dev.sampo.protocol.shard.ShardMemory;
import dev.sampo.protocol.tree.TreeNode;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An owner and a learner over real stores, and steps that are made beside a path so slow that only
 * one block gets through between two of them.
 */
class HealingBesideStepsTest {
  private static final Member OWNER = new Member(new NodeId("a"), 1);
  private static final Member LEARNER = new Member(new NodeId("b"), 1);
  private static final Member COORDINATOR = new Member(new NodeId("c"), 1);
  private static final List<ShardRange> RANGES = ShardRange.cut(20_005, 1);
  private static final Digest BASE = Digest.ofText("base");
  private static final int WARM_UP = 3;

  private final StoreGeometry geometry = new StoreGeometry(Steps.JOB, RANGES, 16, 2);
  private final ShardRules rules =
      new ShardRules(
          new PlainArithmetic(Steps.SEED), 1, ShardMemory.GRADIENTS_FED, StoreRules.plain());
  private final Deque<Runnable> path = new ArrayDeque<>();
  private final List<CommitRecord> caughtUp = new ArrayList<>();
  private final JobSpec job =
      new JobSpec(
          Steps.JOB,
          "job",
          1,
          0,
          1_000,
          1,
          2,
          new LearningRate(0.1, 0.01, 2, 9),
          0,
          2,
          false,
          SnapshotRule.NONE,
          EvaluationRule.NONE,
          AuditRule.NONE);

  @TempDir Path folder;
  private ShardStore mine;
  private ShardStore others;
  private Node owner;
  private Node learner;
  private Configuration configuration;
  private int blocksSent;

  @BeforeEach
  void open() {
    mine = ShardStore.open(folder.resolve("a"), geometry, rules);
    others = ShardStore.open(folder.resolve("b"), geometry, rules);
    owner = new Node(OWNER, mine.open(0));
    learner = new Node(LEARNER, others.open(0));
    owner.memory.initialise();
    configuration =
        new Configuration(
            0,
            1,
            job,
            JobStatus.RUNNING,
            List.of(),
            List.of(new ShardMembers(0, List.of(OWNER), OWNER, List.of(LEARNER))),
            "class",
            "",
            Orders.NONE,
            Evaluations.NONE,
            Verdicts.NONE);
    report();
  }

  @AfterEach
  void close() {
    mine.close();
    others.close();
  }

  @Test
  void eachBlockIsCopiedOnceAndTheLearnerFollowsFromThenOn() {
    int blocks = owner.memory.blocks();
    assertTrue(blocks > 10, "blocks=" + blocks);
    long version = stepUntilCaughtUp(blocks + WARM_UP);
    assertEquals(blocks, blocksSent);
    for (int i = 0; i < 5; i++) {
      version = step(version);
      assertEquals(owner.memory.newestRecord(), caughtUp.getLast());
    }
    assertEquals(owner.memory.records(), learner.memory.records());
  }

  @Test
  void anotherFenceInTheMiddleCostsOnlyWhatWasUnderWay() {
    long version = 0;
    for (int i = 0; i < 8; i++) {
      version = step(version);
    }
    configuration = configuration.next();
    path.clear();
    report();
    int blocks = owner.memory.blocks();
    version = stepUntilCaughtUp(version, blocks);
    assertTrue(blocksSent <= blocks + ShardMemory.BLOCKS_UNDER_WAY, "sent=" + blocksSent);
    assertEquals(owner.memory.newestRecord(), caughtUp.getLast());
    assertEquals(version, caughtUp.getLast().version());
  }

  private long stepUntilCaughtUp(int atMost) {
    return stepUntilCaughtUp(0, atMost);
  }

  private long stepUntilCaughtUp(long from, int atMost) {
    long version = from;
    while (caughtUp.isEmpty() || caughtUp.getLast().version() < version) {
      assertTrue(version < from + atMost, "not caught up: version=" + version);
      version = step(version);
    }
    return version;
  }

  /** One step of the owner; of what is on its way to the learner one block arrives. */
  private long step(long step) {
    owner.replica.on(COORDINATOR, new Base(fence(), step, BASE, List.of(), Clearance.AWAITED));
    learner.replica.onTick();
    owner.replica.onPiece(
        new WorkerId(COORDINATOR, 0),
        step,
        BASE.prefix(),
        new TreeNode(0, 1),
        Steps.gradient(owner.memory, step));
    Reduced reduced = owner.reduced;
    if (reduced == null || reduced.step() != step) {
      throw new AssertionError("steps wait for no learner: step=" + step);
    }
    owner.replica.on(COORDINATOR, new Apply(fence(), reduced.facts().hash(), Steps.decision(step)));
    owner.replica.on(COORDINATOR, new Base(fence(), step + 1, BASE, List.of(), Clearance.AWAITED));
    Runnable block = path.poll();
    if (block != null) {
      block.run();
    }
    return step + 1;
  }

  private Fence fence() {
    return configuration.under(new Term(1, COORDINATOR.node()));
  }

  private void report() {
    for (Node node : List.of(owner, learner)) {
      node.replica.on(COORDINATOR, new Report(fence(), configuration, Scrutiny.NONE));
    }
  }

  private Node of(Member member) {
    return member.equals(OWNER) ? owner : learner;
  }

  /** One of the two, and how it is heard. */
  private final class Node implements ReplicaOutput {
    private final Member self;
    private final StoredShard memory;
    private final Replica replica;
    private @Nullable Reduced reduced;

    Node(Member self, StoredShard memory) {
      this.self = self;
      this.memory = memory;
      this.replica = new Replica(self, 0, memory, this);
    }

    @Override
    public void toCoordinator(Member coordinator, ToCoordinator message) {
      switch (message) {
        case Reduced m -> reduced = m;
        case CaughtUp m -> caughtUp.add(m.record());
        case Applied m -> assertEquals(OWNER, self);
        default -> {}
      }
    }

    @Override
    public void toReplica(Member other, ToReplica message) {
      of(other).replica.on(self, message);
    }

    @Override
    public void sendGradient(Member other, long step, Digest hash, ShardMemory.Gradient gradient) {
      GradientBuffer arrived = Steps.acquire(of(other).memory);
      arrived.segment().copyFrom(((GradientBuffer) gradient).segment());
      of(other).replica.onGradient(self, step, arrived);
    }

    /** The bytes leave now, and arrive when their turn comes. */
    @Override
    public void sendBlock(Member other, Fence fence, int block, CommitRecord record) {
      blocksSent++;
      SideCopy copy = memory.copyBlocks().copyOut(block, record);
      path.add(
          () -> {
            CopyBlocks there = of(other).memory.copyBlocks();
            MemorySegment place = there.staging().getFirst().asSlice(0, there.bytes(block));
            place.copyFrom(copy.segment());
            copy.close();
            there.stage(place);
            of(other).replica.onBlock(fence, block, record);
          });
    }

    @Override
    public void toWorker(WorkerId worker, PieceAnswer answer) {}

    @Override
    public void sendParameters(Member node, CommitRecord record) {}

    @Override
    public void keep(CommitRecord record) {}

    @Override
    public void publish(Publish publish) {}
  }
}
