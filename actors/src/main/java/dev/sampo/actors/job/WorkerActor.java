package dev.sampo.actors.job;

import dev.sampo.actors.job.LentBuffers.LentBuffer;
import dev.sampo.actors.post.Role;
import dev.sampo.gradient.Kind;
import dev.sampo.gradient.TransferHeader;
import dev.sampo.gradient.codec.Codec;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.ShardRange;
import dev.sampo.protocol.message.Message.ToCoordinator;
import dev.sampo.protocol.message.Message.ToWorker;
import dev.sampo.protocol.message.SlotLoss;
import dev.sampo.protocol.tree.TreeNode;
import dev.sampo.protocol.worker.WorkerLedger;
import dev.sampo.protocol.worker.WorkerOutput;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/** One device at work: the core's {@link WorkerLedger} over a {@link NodeComputer}. */
final class WorkerActor extends AbstractBehavior<WorkerActor.Command> {
  sealed interface Command {}

  record Deliver(Member from, ToWorker message) implements Command {}

  record ParametersReady(long version, Digest baseHash, MemorySegment flat) implements Command {}

  private record Computed(long step, TreeNode node, LentBuffer gradient, double seconds)
      implements Command {}

  private record Part(long step, TreeNode node, LentBuffer gradient, int firstShard)
      implements Command {}

  private record Found(SlotLoss loss) implements Command {}

  private record Failed(long step, String work, Throwable reason) implements Command {}

  private record PushEnded(Push push) implements Command {}

  private enum Tick implements Command {
    TICK
  }

  /** A piece on its way to one owner. */
  private record Push(Member owner, int shard, long step, TreeNode node) {}

  private record Key(long step, TreeNode node) {}

  private static final Duration TICK_INTERVAL = Duration.ofMillis(250);
  private static final String DEVICE_DISPATCHER = "sampo.device-dispatcher";

  /** How much the newest measurement counts in the rate. */
  private static final double RATE_WEIGHT = 0.3;

  private final JobContext job;
  private final int device;
  private final NodeComputer computer;
  private final ActorRef<JobActor.Command> parent;
  private final Executor deviceThread;
  private final WorkerLedger ledger;
  private final Map<Key, LentBuffer> pieces = new HashMap<>();
  private final Set<Push> pushing = new HashSet<>();
  private MemorySegment parameters = MemorySegment.NULL;
  private double slotsPerSecond;

  static Behavior<Command> create(
      JobContext job, int device, NodeComputer computer, ActorRef<JobActor.Command> parent) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  timers.startTimerWithFixedDelay(Tick.TICK, TICK_INTERVAL);
                  return new WorkerActor(context, job, device, computer, parent);
                }));
  }

  private WorkerActor(
      ActorContext<Command> context,
      JobContext job,
      int device,
      NodeComputer computer,
      ActorRef<JobActor.Command> parent) {
    super(context);
    context.setLoggerName(WorkerActor.class);
    this.job = job;
    this.device = device;
    this.computer = computer;
    this.parent = parent;
    this.deviceThread =
        context.getSystem().dispatchers().lookup(DispatcherSelector.fromConfig(DEVICE_DISPATCHER));
    this.ledger = new WorkerLedger(device, new Output());
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Deliver.class, this::onDeliver)
        .onMessage(ParametersReady.class, this::onParameters)
        .onMessage(Part.class, this::onPart)
        .onMessage(Computed.class, this::onComputed)
        .onMessage(Found.class, this::onFound)
        .onMessage(Failed.class, this::onFailed)
        .onMessage(PushEnded.class, this::onPushEnded)
        .onMessage(Tick.class, this::onTick)
        .build();
  }

  private Behavior<Command> onDeliver(Deliver deliver) {
    ledger.on(deliver.from, deliver.message);
    return this;
  }

  private Behavior<Command> onParameters(ParametersReady ready) {
    parameters = ready.flat;
    ledger.onParameters(ready.version, ready.baseHash);
    return this;
  }

  private Behavior<Command> onPart(Part part) {
    pieces.put(new Key(part.step, part.node), part.gradient);
    ledger.onPart(part.node, part.firstShard);
    return this;
  }

  private Behavior<Command> onComputed(Computed computed) {
    pieces.put(new Key(computed.step, computed.node), computed.gradient);
    double rate = computed.node.slots() / computed.seconds;
    slotsPerSecond =
        slotsPerSecond == 0 ? rate : slotsPerSecond + RATE_WEIGHT * (rate - slotsPerSecond);
    parent.tell(new JobActor.RateMeasured(device, slotsPerSecond));
    job.events().computed(computed.step, computed.node);
    ledger.onComputed(computed.step, computed.node);
    return this;
  }

  private Behavior<Command> onFound(Found found) {
    ledger.onEvaluated(found.loss);
    return this;
  }

  /** A device that fails is no longer granted anything; its leases run out and go to others. */
  private Behavior<Command> onFailed(Failed failed) {
    getContext()
        .getLog()
        .error(
            "a device failed: device={}, step={}, work={}",
            device,
            failed.step,
            failed.work,
            failed.reason);
    parent.tell(new JobActor.DeviceFailed(device, String.valueOf(failed.reason)));
    return Behaviors.stopped();
  }

  private Behavior<Command> onPushEnded(PushEnded ended) {
    pushing.remove(ended.push);
    return this;
  }

  private Behavior<Command> onTick(Tick tick) {
    ledger.onTick();
    return this;
  }

  private final class Output implements WorkerOutput {
    private final ActorRef<Command> self = getContext().getSelf();

    @Override
    public void toCoordinator(Member coordinator, ToCoordinator message) {
      job.send(coordinator, Role.COORDINATOR, device, message);
    }

    @Override
    public void compute(long step, Digest baseHash, TreeNode node) {
      MemorySegment from = parameters;
      getContext()
          .pipeToSelf(
              CompletableFuture.supplyAsync(() -> timed(step, node, from), deviceThread),
              (computed, failure) ->
                  failure == null ? computed : new Failed(step, node.toString(), failure));
    }

    @Override
    public void evaluate(long step, Digest baseHash, int slot) {
      MemorySegment from = parameters;
      getContext()
          .pipeToSelf(
              CompletableFuture.supplyAsync(() -> computer.heldOut(slot, from), deviceThread),
              (loss, failure) ->
                  failure == null
                      ? new Found(loss)
                      : new Failed(step, "held-out slot " + slot, failure));
    }

    private Command timed(long step, TreeNode node, MemorySegment from) {
      long began = System.nanoTime();
      LentBuffer gradient =
          computer.compute(
              step, node, from, (first, part) -> tellOfPart(step, node, part, firstShard(first)));
      return new Computed(step, node, gradient, (System.nanoTime() - began) * 1e-9);
    }

    private void tellOfPart(long step, TreeNode node, LentBuffer part, int firstShard) {
      if (firstShard < job.ranges().size()) {
        self.tell(new Part(step, node, part, firstShard));
      }
    }

    /** The first shard whose parameters are all at {@code parameter} or behind. */
    private int firstShard(long parameter) {
      int shard = job.ranges().size();
      while (shard > 0 && job.ranges().get(shard - 1).first() >= parameter) {
        shard--;
      }
      return shard;
    }

    @Override
    public void push(Member owner, int shard, long step, Digest baseHash, TreeNode node) {
      Push push = new Push(owner, shard, step, node);
      LentBuffer gradient = pieces.get(new Key(step, node));
      if (gradient == null || pushing.contains(push)) {
        return;
      }
      ShardRange range = job.ranges().get(shard);
      long bytes = range.gradientFloats() * Float.BYTES;
      TransferHeader header =
          new TransferHeader(
              Kind.PIECE,
              job.id().bits(),
              step,
              baseHash.prefix(),
              shard,
              node.first(),
              node.slots(),
              device,
              bytes,
              computer.rounds(node) ? Codec.BF16 : Codec.F32);
      gradient.hold();
      MemorySegment part = gradient.segment().asSlice(range.first() * Float.BYTES, bytes);
      Runnable done =
          () -> {
            gradient.release();
            self.tell(new PushEnded(push));
          };
      if (job.plane().send(owner, header, part, done)) {
        pushing.add(push);
      } else {
        gradient.release();
      }
    }

    @Override
    public void drop(long step, TreeNode node) {
      LentBuffer gradient = pieces.remove(new Key(step, node));
      if (gradient != null) {
        gradient.release();
      }
    }
  }
}
