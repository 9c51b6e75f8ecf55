package dev.sampo.actors.post;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.membership.ClusterView;
import dev.sampo.protocol.membership.Directory;
import dev.sampo.protocol.membership.NodeCard;
import dev.sampo.protocol.membership.NodeCard.WorkerCard;
import dev.sampo.protocol.message.Message;
import dev.sampo.protocol.message.Message.Committed;
import dev.sampo.protocol.message.Message.Configured;
import dev.sampo.protocol.message.News;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.cluster.ClusterEvent.MemberEvent;
import org.apache.pekko.cluster.ClusterEvent.MemberRemoved;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Down;
import org.apache.pekko.cluster.typed.Subscribe;
import org.jspecify.annotations.Nullable;

/**
 * The post office of a node, at {@code /user/post}: carries parcels between nodes, sends beats to
 * all members of the cluster, and knows from theirs who is alive and where.
 */
public final class Post extends AbstractBehavior<Post.Command> {
  /** The name under which the others find it. */
  public static final String NAME = "post";

  /** For what may have to wait. */
  private static final String DISK_DISPATCHER = "sampo.disk-dispatcher";

  /** So many beats must be missing before a process is looked after. */
  private static final int BEATS_MISSED = 2;

  /** What it understands. */
  public interface Command {}

  /** What is asked of one node, and may be handed in at any. */
  public interface Errand extends Command {
    NodeId node();
  }

  /** A node's card, the voters that it knows of, and where to send it parcels. */
  public record Beat(NodeCard card, List<NodeId> voters, ActorRef<Command> sender)
      implements Command, Wire {}

  /** Asks what this node knows. */
  public record StatusRequest(ActorRef<Status> replyTo) implements Command, Wire {}

  /** What this node can do for the running job, as it is now. */
  public record Able(boolean stores, List<WorkerCard> workers) implements Command {}

  /**
   * The rest of the node has started.
   *
   * @param voter takes parcels for the voter of this node
   * @param jobs takes parcels and notices for replicas, workers and the node
   * @param submissions takes jobs and orders, wherever the coordinator is
   */
  public record Staffed(
      ActorRef<Command> voter, ActorRef<Command> jobs, ActorRef<Command> submissions)
      implements Command {}

  /** The coordinator works on this node from now on. */
  public record CoordinatorIsHere(ActorRef<Command> coordinator) implements Command {}

  /** It does no longer. */
  public record CoordinatorHasGone(ActorRef<Command> coordinator) implements Command {}

  /**
   * Who is alive, told to the local coordinator with every beat.
   *
   * @param voters who decides while the register is empty; empty while not known
   */
  public record View(ClusterView view, List<NodeId> voters, Map<NodeId, Address> addresses)
      implements Command {}

  private enum Tick implements Command {
    BEAT
  }

  private record MemberChanged(MemberEvent event) implements Command {}

  private record Knocked(NodeCard card, Address address, Knock.Answer answer) implements Command {}

  /**
   * What a post office works with.
   *
   * @param voters as far as they were set; the others are asked for them
   * @param onPeer is told of every new life of a node
   * @param dataSilenceMs how long the data plane has heard nothing of a life; empty before the
   *     first time
   * @param leave is run, once, when this life was told to leave and nothing needs it any more
   */
  public record Office(
      NodeCard card,
      Duration beatInterval,
      Duration suspectAfter,
      LongSupplier nowMs,
      List<NodeId> voters,
      Consumer<NodeCard> onPeer,
      Function<Member, OptionalLong> dataSilenceMs,
      Runnable leave) {}

  private final Office office;
  private final Directory directory;
  private final AddressBook addresses = new AddressBook();
  private final Set<NodeId> knocking = new TreeSet<>();
  private final News news = new News();
  private final Executor patientThreads;
  private final Cluster cluster;
  private final ActorRefResolver resolver;
  private NodeCard card;
  private List<NodeId> voters;
  private @Nullable Staffed staff;
  private @Nullable ActorRef<Command> coordinator;
  private boolean leaving;

  public static Behavior<Command> create(Office office) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new Post(context, timers, office)));
  }

  private Post(ActorContext<Command> context, TimerScheduler<Command> timers, Office office) {
    super(context);
    context.setLoggerName(Post.class);
    this.office = office;
    this.card = office.card;
    this.voters = office.voters;
    this.directory = new Directory(office.suspectAfter.toMillis());
    this.cluster = Cluster.get(context.getSystem());
    this.resolver = ActorRefResolver.get(context.getSystem());
    this.patientThreads =
        context.getSystem().dispatchers().lookup(DispatcherSelector.fromConfig(DISK_DISPATCHER));
    cluster
        .subscriptions()
        .tell(
            Subscribe.create(
                context.messageAdapter(MemberEvent.class, MemberChanged::new), MemberEvent.class));
    timers.startTimerWithFixedDelay(Tick.BEAT, Duration.ZERO, office.beatInterval);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Parcel.class, this::onParcel)
        .onMessage(CopyNotice.class, this::onCopyNotice)
        .onMessage(Beat.class, this::onBeat)
        .onMessage(Tick.class, this::onTick)
        .onMessage(MemberChanged.class, this::onMemberChanged)
        .onMessage(Knocked.class, this::onKnocked)
        .onMessage(Able.class, this::onAble)
        .onMessage(Staffed.class, this::onStaffed)
        .onMessage(CoordinatorIsHere.class, this::onCoordinatorIsHere)
        .onMessage(CoordinatorHasGone.class, this::onCoordinatorHasGone)
        .onMessage(ForCoordinator.class, this::onForCoordinator)
        .onMessage(StatusRequest.class, this::onStatus)
        .onAnyMessage(this::onForJobs)
        .build();
  }

  private Behavior<Command> onParcel(Parcel parcel) {
    if (!parcel.to().node().equals(self().node())) {
      forward(parcel.to().node(), parcel);
    } else if (parcel.to().means(self())) {
      remember(parcel.body());
      recipient(parcel.role()).ifPresent(recipient -> recipient.tell(parcel));
    }
    return this;
  }

  private Behavior<Command> onCopyNotice(CopyNotice notice) {
    if (!notice.to().node().equals(self().node())) {
      forward(notice.to().node(), notice);
    } else if (notice.to().means(self())) {
      jobs().ifPresent(jobs -> jobs.tell(notice));
    }
    return this;
  }

  /** To a node that was never heard of nothing can be sent: it is asked for again. */
  private void forward(NodeId to, Command command) {
    addresses.office(to).ifPresent(remote -> remote.tell(command));
  }

  private Optional<ActorRef<Command>> recipient(Role role) {
    return switch (role) {
      case VOTER -> Optional.ofNullable(staff).map(Staffed::voter);
      case COORDINATOR -> Optional.ofNullable(coordinator);
      case REPLICA, WORKER, NODE -> jobs();
    };
  }

  private Optional<ActorRef<Command>> jobs() {
    return Optional.ofNullable(staff).map(Staffed::jobs);
  }

  /** Keeps what the status tells. */
  private void remember(Message body) {
    if (body instanceof Configured configured) {
      news.hear(configured);
      leaveIfDrained(news.configuration());
    } else if (body instanceof Committed version) {
      news.hear(version);
    }
  }

  private void leaveIfDrained(@Nullable Configuration now) {
    if (!leaving && now != null && now.mayLeave(self())) {
      leaving = true;
      office.leave.run();
    }
  }

  private Behavior<Command> onBeat(Beat beat) {
    Directory.Heard heard = directory.beat(beat.card, office.nowMs.getAsLong());
    if (heard != Directory.Heard.OLD_LIFE) {
      NodeId node = beat.card.member().node();
      addresses.heard(node, beat.sender);
      voters = voters.isEmpty() ? beat.voters : voters;
      if (heard == Directory.Heard.NEW_LIFE) {
        office.onPeer.accept(beat.card);
      }
    }
    return this;
  }

  private Behavior<Command> onTick(Tick tick) {
    Beat beat = new Beat(card, voters, getContext().getSelf());
    directory.beat(card, office.nowMs.getAsLong());
    addresses.put(self().node(), cluster.selfMember().address());
    addresses.all().keySet().forEach(this::listenOnDataPlane);
    cluster.state().getMembers().forEach(member -> sendBeat(member.address(), beat));
    long worthALookMs = office.beatInterval.multipliedBy(BEATS_MISSED).toMillis();
    directory.silentFor(worthALookMs, office.nowMs.getAsLong()).forEach(this::knock);
    tellCoordinator();
    return this;
  }

  /** Who beats here but says nothing over the data plane can finish no step. */
  private void listenOnDataPlane(NodeId node) {
    directory
        .card(node)
        .map(NodeCard::member)
        .ifPresent(
            member ->
                office
                    .dataSilenceMs
                    .apply(member)
                    .ifPresent(
                        silentMs ->
                            directory.heardOnDataPlane(
                                member, office.nowMs.getAsLong() - silentMs)));
  }

  private void tellCoordinator() {
    if (coordinator != null) {
      ClusterView view = directory.view(office.nowMs.getAsLong());
      coordinator.tell(new View(view, voters, addresses.all()));
    }
  }

  private void sendBeat(Address address, Beat beat) {
    if (!address.equals(cluster.selfMember().address())) {
      ActorRef<Command> remote = resolver.resolveActorRef(address + "/user/" + NAME);
      remote.tell(beat);
    }
  }

  /** A process that the cluster has removed need not be waited for. */
  private Behavior<Command> onMemberChanged(MemberChanged changed) {
    if (changed.event instanceof MemberRemoved removed) {
      for (NodeId node : addresses.nodesAt(removed.member().address())) {
        directory.card(node).ifPresent(gone -> directory.buried(gone.member()));
      }
    }
    return this;
  }

  private void knock(NodeCard silent) {
    Address address = addresses.all().get(silent.member().node());
    if (address != null && knocking.add(silent.member().node())) {
      getContext()
          .pipeToSelf(
              CompletableFuture.supplyAsync(() -> Knock.at(address), patientThreads),
              (answer, failure) ->
                  new Knocked(silent, address, failure == null ? answer : Knock.Answer.SILENCE));
    }
  }

  /**
   * Where nobody listens any more the process is dead. The cluster is told at once: nothing that
   * its membership decides can harm the model, so waiting would only cost time.
   */
  private Behavior<Command> onKnocked(Knocked knocked) {
    knocking.remove(knocked.card.member().node());
    if (knocked.answer == Knock.Answer.REFUSED && directory.buried(knocked.card.member())) {
      getContext().getLog().info("nobody listens any more: {}", knocked.card.member());
      cluster.manager().tell(new Down(knocked.address));
      tellCoordinator();
    }
    return this;
  }

  private Behavior<Command> onStaffed(Staffed staffed) {
    staff = staffed;
    return this;
  }

  private Behavior<Command> onAble(Able able) {
    card = card.able(able.stores, able.workers);
    return onTick(Tick.BEAT);
  }

  private Behavior<Command> onCoordinatorIsHere(CoordinatorIsHere here) {
    coordinator = here.coordinator;
    tellCoordinator();
    return this;
  }

  private Behavior<Command> onCoordinatorHasGone(CoordinatorHasGone gone) {
    if (gone.coordinator.equals(coordinator)) {
      coordinator = null;
    }
    return this;
  }

  /** What an extension asks of the jobs on this node, from outside. */
  private Behavior<Command> onForJobs(Command command) {
    if (command instanceof Errand errand && !errand.node().equals(self().node())) {
      forward(errand.node(), command);
    } else {
      jobs().ifPresent(jobs -> jobs.tell(command));
    }
    return this;
  }

  private Behavior<Command> onForCoordinator(ForCoordinator handedIn) {
    if (staff == null) {
      handedIn.answerLater();
    } else {
      staff.submissions.tell(handedIn);
    }
    return this;
  }

  private Behavior<Command> onStatus(StatusRequest request) {
    ClusterView view = directory.view(office.nowMs.getAsLong());
    request.replyTo.tell(
        new Status(
            self().node().name(),
            view.nodes(),
            news.fence(),
            news.configuration(),
            news.committed()));
    return this;
  }

  private Member self() {
    return card.member();
  }
}
