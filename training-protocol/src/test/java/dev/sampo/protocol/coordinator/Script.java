package dev.sampo.protocol.coordinator;

import static dev.sampo.protocol.Examples.A;
import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.B;
import static dev.sampo.protocol.Examples.B1;
import static dev.sampo.protocol.Examples.C;
import static dev.sampo.protocol.Examples.C1;

import dev.sampo.protocol.Ballot;
import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Examples;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.Term;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.membership.ClusterView;
import dev.sampo.protocol.membership.NodeCard;
import dev.sampo.protocol.message.Message;
import dev.sampo.protocol.message.Message.Accept;
import dev.sampo.protocol.message.Message.Accepted;
import dev.sampo.protocol.message.Message.Grant;
import dev.sampo.protocol.message.Message.Prepare;
import dev.sampo.protocol.message.Message.Promised;
import dev.sampo.protocol.message.Message.Reported;
import dev.sampo.protocol.message.Message.ToCoordinator;
import dev.sampo.protocol.message.Message.ToNode;
import dev.sampo.protocol.message.Message.ToReplica;
import dev.sampo.protocol.message.Message.ToVoter;
import dev.sampo.protocol.message.Message.ToWorker;
import dev.sampo.protocol.message.Message.WorkerReported;
import dev.sampo.protocol.message.ReplicaReport;
import dev.sampo.protocol.message.WorkerReport;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A coordinator on node a, and a test that plays everybody else. */
final class Script implements CoordinatorOutput {
  /** Something that the coordinator said. */
  record Said(Object to, int shard, Message message) {}

  static final CoordinatorSettings SETTINGS =
      new CoordinatorSettings(100, 200, 1_000, 500, 2_000, 200_000);

  private final List<Said> said = new ArrayList<>();
  private final List<Note> notes = new ArrayList<>();
  private final Coordinator coordinator;
  private ClusterView view = ClusterView.EMPTY;
  private long nowMs = 1_000;
  private long terms;

  Script(Member... alive) {
    alive(alive);
    coordinator =
        new Coordinator(
            A,
            List.of(A, B, C),
            floor -> terms = Math.max(terms, floor) + 1,
            this,
            SETTINGS,
            nowMs);
    tick();
  }

  Coordinator coordinator() {
    return coordinator;
  }

  /** These processes send beats from now on, each with one device of the job's class. */
  void alive(Member... members) {
    view =
        new ClusterView(
            Arrays.stream(members)
                .map(
                    member ->
                        new NodeCard(
                            member,
                            "",
                            0,
                            true,
                            1,
                            List.of(
                                new NodeCard.WorkerCard(0, Examples.job(1).id(), "class", 1, ""))))
                .toList());
  }

  /** As {@link #alive}, and the first of them has no device. */
  void aliveButIdle(Member first, Member... others) {
    alive(others);
    List<NodeCard> cards = new ArrayList<>(view.nodes());
    cards.add(new NodeCard(first, "", 0, true, 1, List.of()));
    view = new ClusterView(cards);
  }

  ClusterView view() {
    return view;
  }

  /** What this worker was granted since the last call of {@link #forget}. */
  List<Grant> grantsTo(WorkerId worker) {
    return said.stream()
        .filter(s -> s.to.equals(worker) && s.message instanceof Grant)
        .map(s -> (Grant) s.message)
        .toList();
  }

  void tick() {
    nowMs += SETTINGS.retryMs();
    coordinator.onTick(view, nowMs);
  }

  long nowMs() {
    return nowMs;
  }

  void pass(long ms) {
    nowMs += ms;
  }

  void hear(Member from, ToCoordinator message) {
    coordinator.on(from, message, nowMs);
  }

  Fence fence() {
    return coordinator.configuration().orElseThrow().under(term());
  }

  private Term term() {
    return new Term(terms, A);
  }

  /** Two voters of three promise, and one of them has accepted {@code found}. */
  void promise(@Nullable Configuration found) {
    Ballot ballot = found == null ? null : new Ballot(Examples.term(0), found);
    Prepare prepare = last(Prepare.class);
    hear(Member.anyOf(B), new Promised(prepare.term(), null));
    hear(Member.anyOf(C), new Promised(prepare.term(), ballot));
  }

  /** Two voters of three accept what is proposed. */
  void accept() {
    Accept accept = last(Accept.class);
    Accepted accepted = new Accepted(accept.term(), accept.configuration().number());
    hear(Member.anyOf(A), accepted);
    hear(Member.anyOf(B), accepted);
  }

  /** Up to where the configuration is in force and reports are awaited. */
  void takeUp(Configuration found) {
    promise(found);
    accept();
  }

  void report(int shard, Member replica, CommitRecord... records) {
    hear(
        replica,
        new Reported(
            fence(), shard, new ReplicaReport(List.of(records), -1, null, -1, List.of(), "")));
  }

  void reportHolding(int shard, Member replica, Digest gradient, CommitRecord record) {
    hear(
        replica,
        new Reported(
            fence(),
            shard,
            new ReplicaReport(List.of(record), record.version(), gradient, -1, List.of(), "")));
  }

  /** The workers of these members have nothing. */
  void idle(Member... workers) {
    for (Member worker : workers) {
      hear(worker, new WorkerReported(fence(), new WorkerReport(0, -1, null, List.of())));
    }
  }

  /** What was said of one kind since the last call of {@link #forget}. */
  <M> List<M> all(Class<M> kind) {
    return said.stream().map(Said::message).filter(kind::isInstance).map(kind::cast).toList();
  }

  /** What voters were asked to accept that is not in force: that they are told now and then. */
  List<Accept> proposals() {
    Configuration now = coordinator.configuration().orElse(null);
    return all(Accept.class).stream().filter(m -> !m.configuration().equals(now)).toList();
  }

  <M> M last(Class<M> kind) {
    return all(kind).getLast();
  }

  List<Object> votersAsked() {
    return said.stream().map(Said::to).filter(NodeId.class::isInstance).distinct().toList();
  }

  /** To whom something of this kind was said, besides voters. */
  List<Object> hearersOf(Class<?> kind) {
    return said.stream()
        .filter(s -> kind.isInstance(s.message) && !(s.to instanceof NodeId))
        .map(Said::to)
        .distinct()
        .toList();
  }

  <N> List<N> notes(Class<N> kind) {
    return notes.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  void forget() {
    said.clear();
    notes.clear();
  }

  static Member[] everyone() {
    return new Member[] {A1, B1, C1};
  }

  @Override
  public void toVoter(NodeId voter, ToVoter message) {
    said.add(new Said(voter, -1, message));
  }

  @Override
  public void toReplica(Member replica, int shard, ToReplica message) {
    said.add(new Said(replica, shard, message));
  }

  @Override
  public void toWorker(WorkerId worker, ToWorker message) {
    said.add(new Said(worker, -1, message));
  }

  @Override
  public void toNode(Member node, ToNode message) {
    said.add(new Said(node, -1, message));
  }

  @Override
  public void note(Note note) {
    notes.add(note);
  }
}
