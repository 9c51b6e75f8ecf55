package dev.sampo.actors.job;

import dev.sampo.actors.job.LentBuffers.LentBuffer;
import dev.sampo.actors.post.CopyNotice;
import dev.sampo.actors.post.Role;
import dev.sampo.gradient.Kind;
import dev.sampo.gradient.TransferHeader;
import dev.sampo.gradient.codec.Codec;
import dev.sampo.parameter.GradientBuffer;
import dev.sampo.parameter.ShardStore;
import dev.sampo.parameter.SideCopy;
import dev.sampo.parameter.StoreRefusedException;
import dev.sampo.parameter.StoredShard;
import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.message.Message.CopyRequest;
import dev.sampo.protocol.message.Message.PieceAnswer;
import dev.sampo.protocol.message.Message.Publish;
import dev.sampo.protocol.message.Message.Published;
import dev.sampo.protocol.message.Message.Reported;
import dev.sampo.protocol.message.Message.ToCoordinator;
import dev.sampo.protocol.message.Message.ToReplica;
import dev.sampo.protocol.message.WrittenPart;
import dev.sampo.protocol.shard.Replica;
import dev.sampo.protocol.shard.ReplicaOutput;
import dev.sampo.protocol.shard.ShardMemory;
import dev.sampo.protocol.tree.TreeNode;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.jspecify.annotations.Nullable;

/**
 * One replica of one parameter shard: the core's {@link Replica} over the node's {@link
 * StoredShard}. Runs on the shard dispatcher, where merging, applying and hashing may take their
 * time.
 */
final class ReplicaActor extends AbstractBehavior<ReplicaActor.Command> {
  sealed interface Command {}

  record Deliver(Member from, ToReplica message) implements Command {}

  record Notice(CopyNotice notice) implements Command {}

  record PieceArrived(Member from, TransferHeader header, GradientBuffer piece)
      implements Command {}

  record GradientArrived(Member from, long step, GradientBuffer gradient) implements Command {}

  /**
   * The bytes of a block of a copy.
   *
   * @param place where they were put; the landing's to be given back
   * @param block the bytes, at the beginning of that place
   */
  record BlockArrived(ArrivingBlock which, MemorySegment place, MemorySegment block)
      implements Command {}

  /** Asks what this replica holds. */
  record Inspect(ActorRef<ShardStatus> replyTo) implements Command {}

  private record SendEnded(Object what) implements Command {}

  private record PartWritten(WrittenPart part) implements Command {}

  private record SnapshotPublished(Published done) implements Command {}

  private enum Tick implements Command {
    TICK
  }

  /** Identifies a send that is under way, so that it is not begun twice. */
  private record Sending(Kind kind, Member to, long version, int block) {
    static Sending whole(Kind kind, Member to, long version) {
      return new Sending(kind, to, version, 0);
    }
  }

  private static final Duration TICK_INTERVAL = Duration.ofMillis(200);
  private static final int MOST_DAMAGE_REPORTS = 5;

  private final JobContext job;
  private final ActorRef<JobActor.Command> parent;
  private final int shard;
  private final StoredShard memory;
  private final ReplicaLanding landing;
  private final LentBuffers snapshots;
  private final Replica replica;
  private final Codec parametersCodec;
  private final SnapshotWriter writer;
  private final Executor disk;
  private final Set<Object> sending = new HashSet<>();
  private final Arrivals arrivals;
  private long damagedVersion = -1;
  private int damageReportsLeft;

  /** Opens the shard; if it cannot be opened the parent is told why, and the actor ends. */
  static Behavior<Command> create(
      JobContext job, ShardStore store, int shard, ActorRef<JobActor.Command> parent) {
    return Behaviors.setup(
        context -> {
          StoredShard memory;
          try {
            memory = store.open(shard);
          } catch (StoreRefusedException e) {
            parent.tell(new JobActor.ShardRefused(shard, true, String.valueOf(e.getMessage())));
            return Behaviors.stopped();
          }
          return Behaviors.withTimers(
              timers -> {
                timers.startTimerWithFixedDelay(Tick.TICK, TICK_INTERVAL);
                return new ReplicaActor(context, job, memory, parent);
              });
        });
  }

  private ReplicaActor(
      ActorContext<Command> context,
      JobContext job,
      StoredShard memory,
      ActorRef<JobActor.Command> parent) {
    super(context);
    this.parent = parent;
    this.job = job;
    this.memory = memory;
    this.shard = memory.range().shard();
    ActorRef<Command> self = context.getSelf();
    this.landing = new ReplicaLanding(memory.gradients(), self::tell);
    this.snapshots = new LentBuffers(memory.range().parameters() * Float.BYTES);
    this.parametersCodec =
        switch (JobModel.precisionOf(job.recipe())) {
          case F32 -> Codec.F32;
          case BF16 -> Codec.BF16;
        };
    this.writer = new SnapshotWriter(job, memory.stateFloats());
    this.disk =
        context
            .getSystem()
            .dispatchers()
            .lookup(DispatcherSelector.fromConfig(JobActor.DISK_DISPATCHER));
    this.replica = new Replica(job.self(), shard, memory, new Output());
    this.arrivals = new Arrivals(replica, memory.copyBlocks(), landing);
    job.plane().landShard(job.id(), shard, landing);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Deliver.class, this::onDeliver)
        .onMessage(Notice.class, this::onNotice)
        .onMessage(PieceArrived.class, this::onPiece)
        .onMessage(GradientArrived.class, this::onGradient)
        .onMessage(BlockArrived.class, this::onBlock)
        .onMessage(SendEnded.class, this::onSendEnded)
        .onMessage(Inspect.class, this::onInspect)
        .onMessage(PartWritten.class, this::onPartWritten)
        .onMessage(SnapshotPublished.class, this::onPublished)
        .onMessage(Tick.class, this::onTick)
        .onSignal(PostStop.class, this::onStop)
        .build();
  }

  private Behavior<Command> onDeliver(Deliver deliver) {
    replica.on(deliver.from, deliver.message);
    return this;
  }

  private Behavior<Command> onPiece(PieceArrived arrived) {
    TransferHeader header = arrived.header;
    replica.onPiece(
        new WorkerId(arrived.from, (int) header.offset()),
        header.step(),
        header.base(),
        new TreeNode(header.firstSlot(), header.slots()),
        arrived.piece);
    return this;
  }

  private Behavior<Command> onGradient(GradientArrived arrived) {
    replica.onGradient(arrived.from, arrived.step, arrived.gradient);
    return this;
  }

  private Behavior<Command> onNotice(Notice notice) {
    arrivals.onNotice(notice.notice);
    return this;
  }

  private Behavior<Command> onBlock(BlockArrived block) {
    arrivals.onBytes(block);
    return this;
  }

  private Behavior<Command> onSendEnded(SendEnded ended) {
    sending.remove(ended.what);
    return this;
  }

  private Behavior<Command> onPartWritten(PartWritten written) {
    replica.onWritten(written.part);
    return this;
  }

  private Behavior<Command> onPublished(SnapshotPublished published) {
    replica.onPublished(published.done);
    return this;
  }

  private Behavior<Command> onInspect(Inspect inspect) {
    inspect.replyTo.tell(ShardStatus.of(shard, job.self().node().name(), memory.records()));
    return this;
  }

  private Behavior<Command> onTick(Tick tick) {
    memory.scrub(TICK_INTERVAL).ifPresent(this::onDamage);
    repeatDamage();
    memory.copyBlocks().bringInAhead(memory.newestRecord());
    arrivals.onTick();
    replica.onTick();
    return this;
  }

  private void onDamage(CommitRecord damaged) {
    job.events()
        .write(job.events().event("damaged").put("shard", shard).put("version", damaged.version()));
    damagedVersion = damaged.version();
    damageReportsLeft = MOST_DAMAGE_REPORTS;
  }

  /**
   * A report may be lost, so there are a few; not more, since each raises the fence, and what is
   * being copied or made anew meanwhile takes its time.
   */
  private void repeatDamage() {
    boolean missing = memory.records().stream().noneMatch(r -> r.version() >= damagedVersion);
    if (damageReportsLeft > 0 && missing) {
      damageReportsLeft--;
      replica.onDamage(damagedVersion);
    } else {
      damageReportsLeft = 0;
    }
  }

  private Behavior<Command> onStop(PostStop stop) {
    memory.close();
    snapshots.close();
    return this;
  }

  private TransferHeader header(Kind kind, long version, Digest bits, long lengthBytes) {
    return new TransferHeader(
        kind, job.id().bits(), version, bits.prefix(), shard, 0, 0, 0, lengthBytes);
  }

  /** What the core wants done, done. */
  private final class Output implements ReplicaOutput {
    private @Nullable LentBuffer latest;
    private long latestVersion = -1;

    @Override
    public void toCoordinator(Member coordinator, ToCoordinator message) {
      if (message instanceof Reported reported && !reported.report().failure().isEmpty()) {
        parent.tell(new JobActor.ShardRefused(shard, false, reported.report().failure()));
      }
      job.send(coordinator, Role.COORDINATOR, shard, message);
    }

    @Override
    public void toReplica(Member other, ToReplica message) {
      if (message instanceof CopyRequest) {
        arrivals.await();
      }
      job.send(other, Role.REPLICA, shard, message);
    }

    @Override
    public void toWorker(WorkerId worker, PieceAnswer answer) {
      job.send(worker.member(), Role.WORKER, worker.device(), answer);
    }

    @Override
    public void sendGradient(Member other, long step, Digest hash, ShardMemory.Gradient gradient) {
      if (gradient instanceof GradientBuffer buffer) {
        buffer.hold();
        Sending what = Sending.whole(Kind.GRADIENT, other, step);
        begin(
            what,
            header(Kind.GRADIENT, step, hash, buffer.segment().byteSize()),
            buffer.segment(),
            buffer::release);
      }
    }

    @Override
    public void sendParameters(Member node, CommitRecord record) {
      LentBuffer snapshot = snapshotOf(record.version());
      if (snapshot != null) {
        snapshot.hold();
        TransferHeader header =
            header(
                    Kind.PARAMETERS,
                    record.version(),
                    record.parameters(),
                    snapshot.segment().byteSize())
                .withCodec(parametersCodec);
        begin(
            Sending.whole(Kind.PARAMETERS, node, record.version()),
            header,
            snapshot.segment(),
            snapshot::release);
      }
    }

    private @Nullable LentBuffer snapshotOf(long version) {
      if (latest != null && latestVersion == version) {
        return latest;
      }
      LentBuffer next = snapshots.take();
      if (!memory.copyParameters(version, next.segment())) {
        next.release();
        return null;
      }
      if (latest != null) {
        latest.release();
      }
      latest = next;
      latestVersion = version;
      return next;
    }

    @Override
    public void keep(CommitRecord record) {
      SideCopy copy = Objects.requireNonNull(memory.copyOut(record.version()), "it was just held");
      ActorRef<Command> self = getContext().getSelf();
      disk.execute(() -> self.tell(new PartWritten(writer.write(shard, copy))));
    }

    @Override
    public void publish(Publish publish) {
      ActorRef<Command> self = getContext().getSelf();
      disk.execute(() -> self.tell(new SnapshotPublished(writer.publish(publish))));
    }

    @Override
    public void sendBlock(Member other, Fence fence, int block, CommitRecord record) {
      Sending what = new Sending(Kind.COPY, other, record.version(), block);
      job.post().tell(new CopyNotice(other, job.id(), shard, fence, block, record));
      if (!sending.contains(what)) {
        SideCopy copy = memory.copyBlocks().copyOut(block, record);
        long bytes = copy.segment().byteSize();
        begin(
            what,
            header(Kind.COPY, record.version(), record.parameters(), bytes).withFirstSlot(block),
            copy.segment(),
            copy::close);
      }
    }

    private void begin(
        Sending what, TransferHeader header, MemorySegment payload, Runnable release) {
      ActorRef<Command> self = getContext().getSelf();
      Runnable done =
          () -> {
            release.run();
            self.tell(new SendEnded(what));
          };
      if (sending.contains(what) || !job.plane().send(what.to, header, payload, done)) {
        release.run();
      } else {
        sending.add(what);
      }
    }
  }
}
