package dev.sampo.simulation;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.Order;
import dev.sampo.protocol.Origin;
import dev.sampo.protocol.Verdicts;
import dev.sampo.protocol.coordinator.Acceptance;
import dev.sampo.protocol.coordinator.Coordinator;
import dev.sampo.protocol.coordinator.Loss;
import dev.sampo.protocol.coordinator.Submission;
import dev.sampo.protocol.message.Clearance;
import dev.sampo.protocol.message.Message.Accept;
import dev.sampo.protocol.message.Message.Base;
import dev.sampo.protocol.message.Message.Coverage;
import dev.sampo.protocol.message.Message.Prepare;
import dev.sampo.protocol.message.Message.Refused;
import dev.sampo.protocol.message.Message.Report;
import dev.sampo.protocol.message.Message.ToCoordinator;
import dev.sampo.protocol.message.Message.ToReplica;
import dev.sampo.protocol.message.Message.ToVoter;
import dev.sampo.protocol.message.Sighting;
import dev.sampo.protocol.register.Voter;
import dev.sampo.protocol.register.VoterState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Bugs that broke earlier drafts of the protocol, planted between the core and its shells.
 *
 * <p>Each is made anew for each history: some of them remember.
 */
enum Plant {
  /** Trace 1: a set of voters changes by two nodes at once. */
  VOTERS_CHANGE_BY_TWO,
  /** Trace 2: a repeated Prepare or Accept is refused. */
  REPEATS_ARE_REFUSED,
  /** Trace 3: a term leaves before the proposer's disk has it. */
  TERMS_ARE_FORGOTTEN,
  /** Trace 4: a coordinator goes on under the old configuration while it proposes a new one. */
  STEPS_WHILE_PROPOSING,
  /** Trace 5: a coordinator acts without having the configuration that it found accepted anew. */
  ACTS_WITHOUT_A_MAJORITY,
  /** Traces 6 and 7: what was meant for a former life reaches the present one. */
  INCARNATIONS_ARE_IGNORED,
  /** Trace 8: reports are asked for once a term, not after every change of configuration. */
  REPORTS_ARE_REUSED,
  /** Trace 9: the report of one replica of a shard is enough. */
  ONE_REPORT_IS_ENOUGH,
  /** Trace 10: a shard of which one replica is ahead reduces anew. */
  REDUCES_RATHER_THAN_COPIES,
  /** Trace 11: an owner takes another gradient under the same fence. */
  ANOTHER_GRADIENT_UNDER_ONE_FENCE,
  /** Trace 16: pieces that were computed from a version that died count. */
  BASES_ARE_NOT_COMPARED,
  /** Trace 17: a late block of an older version sends a learner back. */
  ANY_COPY_COUNTS,
  /** A learner makes a step that it was fed twice on a block. */
  FED_STEPS_ARE_MADE_TWICE,
  /** An owner feeds learners a step that it has applied, before all have. */
  FED_BEFORE_COMMITTED,
  /** Trace 34: blocks and fed steps of a run that was given up count. */
  COPIES_OF_ANOTHER_RUN_COUNT,
  /** Trace 18: an owner says Reduced before all replicas hold the gradient. */
  REDUCED_BEFORE_HELD,
  /** Trace 19: the side that a step starts from is overwritten. */
  BASE_IS_OVERWRITTEN,
  /** Trace 20: what a replica that was configured out has is kept when it comes back. */
  OLD_STORES_COUNT,
  /** Trace 15: after a restart a half written side is taken for whole. */
  TORN_SIDES_COUNT,
  /** Voters forget when they restart. */
  VOTERS_FORGET,
  /** A voter says Accepted before its disk has it, and the write is lost. */
  ACCEPTED_IS_NOT_STORED,
  /** An order that comes once more is done once more. */
  REPEATED_ORDERS_ARE_DONE_AGAIN,
  /** An order is answered before the register holds it, and its coordinator dies. */
  ORDERS_ARE_TAKEN_TOO_EARLY,
  /** Trace 24: a version is said to be kept before it is copied. */
  KEPT_BEFORE_COPIED,
  /** A restore that comes once more is done once more. */
  REPEATED_RESTORES_ARE_DONE_AGAIN,
  /** A replica that cannot load the snapshot begins at version 0, and counts. */
  BEGINS_WITHOUT_THE_SNAPSHOT,
  /** What was copied for a power cut before a restore comes back with the power. */
  GIVEN_UP_COPIES_SURVIVE,
  /** The acceptance of a loss that comes once more accepts the next one. */
  THE_NEXT_LOSS_IS_ACCEPTED_TOO,
  /** A node that is to leave goes when others hold its shards, and takes a vote along. */
  LEAVES_WITH_A_VOTE,
  /** What was found of held-out slots counts for whichever version is being evaluated. */
  ANOTHER_VERSIONS_LOSS_COUNTS,
  /** The losses of held-out slots are added in the order in which they arrive. */
  LOSSES_ARE_ADDED_AS_THEY_COME,
  /** A step is granted while its version is still being evaluated. */
  GRANTED_BEFORE_EVALUATED,
  /** An owner has its gradient held, and so applied, before the audits of the step are over. */
  AUDITS_ARE_NOT_WAITED_FOR,
  /** Trace 23: what was gathered of a step stays when a piece in it was found to be wrong. */
  GATHERED_PIECES_SURVIVE_A_VERDICT,
  /** What one device pushed is taken for what the next one did. */
  SIGHTINGS_ARE_MIXED_UP;

  Sabotage make() {
    return switch (this) {
      case VOTERS_CHANGE_BY_TWO -> new VotersChangeByTwo();
      case REPEATS_ARE_REFUSED -> new RepeatsAreRefused();
      case TERMS_ARE_FORGOTTEN ->
          new Sabotage() {
            @Override
            public long counterAfterRestart(long counter) {
              return Math.max(0, counter - 1);
            }
          };
      case STEPS_WHILE_PROPOSING -> new StepsWhileProposing();
      case ACTS_WITHOUT_A_MAJORITY -> new ActsWithoutAMajority();
      case INCARNATIONS_ARE_IGNORED ->
          new Sabotage() {
            @Override
            public boolean isMeantFor(Member to, Member process) {
              return to.node().equals(process.node());
            }
          };
      case REPORTS_ARE_REUSED -> new ReportsAreReused();
      case ONE_REPORT_IS_ENOUGH -> new OneReportIsEnough();
      case REDUCES_RATHER_THAN_COPIES -> new ReducesRatherThanCopies();
      case ANOTHER_GRADIENT_UNDER_ONE_FENCE ->
          new Sabotage() {
            @Override
            public boolean adoptsAnother() {
              return true;
            }
          };
      case BASES_ARE_NOT_COMPARED ->
          new Sabotage() {
            @Override
            public long basePrefix(long told, long current) {
              return current == 0 ? told : current;
            }
          };
      case ANY_COPY_COUNTS ->
          new Sabotage() {
            @Override
            public boolean takesAnyCopy() {
              return true;
            }
          };
      case FED_STEPS_ARE_MADE_TWICE ->
          new Sabotage() {
            @Override
            public boolean makesAFedStepTwice() {
              return true;
            }
          };
      case FED_BEFORE_COMMITTED ->
          new Sabotage() {
            @Override
            public boolean feedsBeforeCommit() {
              return true;
            }
          };
      case COPIES_OF_ANOTHER_RUN_COUNT ->
          new Sabotage() {
            @Override
            public Fence fenceOfCopy(Fence told, Fence known) {
              return known;
            }
          };
      case REDUCED_BEFORE_HELD ->
          new Sabotage() {
            @Override
            public boolean countsAsHeldAtOnce() {
              return true;
            }
          };
      case BASE_IS_OVERWRITTEN ->
          new Sabotage() {
            @Override
            public boolean overwritesTheBase() {
              return true;
            }
          };
      case OLD_STORES_COUNT ->
          new Sabotage() {
            @Override
            public boolean keepsForgottenStores() {
              return true;
            }
          };
      case TORN_SIDES_COUNT ->
          new Sabotage() {
            @Override
            public boolean takesTornSides() {
              return true;
            }
          };
      case VOTERS_FORGET ->
          new Sabotage() {
            @Override
            public VoterState afterRestart(VoterState state) {
              return VoterState.EMPTY;
            }
          };
      case ACCEPTED_IS_NOT_STORED ->
          new Sabotage() {
            @Override
            public VoterState written(VoterState before, VoterState after) {
              boolean accepts = !Objects.equals(before.accepted(), after.accepted());
              return accepts ? before : after;
            }
          };
      case REPEATED_RESTORES_ARE_DONE_AGAIN ->
          new Sabotage() {
            private long highest = 1_000;

            @Override
            public Submission restore(Coordinator coordinator, JobSpec job, Origin origin) {
              Origin again =
                  new Origin(++highest, origin.version(), origin.folder(), origin.manifest());
              return coordinator.submit(job, again);
            }
          };
      case BEGINS_WITHOUT_THE_SNAPSHOT ->
          new Sabotage() {
            @Override
            public boolean beginsWithoutTheSnapshot() {
              return true;
            }
          };
      case GIVEN_UP_COPIES_SURVIVE ->
          new Sabotage() {
            @Override
            public boolean keepsSyncedCopies() {
              return true;
            }
          };
      case THE_NEXT_LOSS_IS_ACCEPTED_TOO ->
          new Sabotage() {
            @Override
            public Submission acceptLoss(
                Coordinator coordinator, Acceptance acceptance, long nowMs) {
              Submission answer = coordinator.acceptLoss(acceptance, nowMs);
              if (!(answer instanceof Submission.Refused) || coordinator.loss().isEmpty()) {
                return answer;
              }
              Loss next = coordinator.loss().orElseThrow();
              long higher = Math.max(next.known().generation(), acceptance.number()) + 1;
              return coordinator.acceptLoss(Acceptance.of(next, higher), nowMs);
            }
          };
      case REPEATED_ORDERS_ARE_DONE_AGAIN -> new RepeatedOrdersAreDoneAgain();
      case LEAVES_WITH_A_VOTE ->
          new Sabotage() {
            @Override
            public boolean mayLeave(Configuration now, Member member) {
              return now.withVoters(List.of()).mayLeave(member);
            }
          };
      case ANOTHER_VERSIONS_LOSS_COUNTS -> new AnotherVersionsLossCounts();
      case LOSSES_ARE_ADDED_AS_THEY_COME -> new LossesAreAddedAsTheyCome();
      case GRANTED_BEFORE_EVALUATED -> new GrantedBeforeEvaluated();
      case AUDITS_ARE_NOT_WAITED_FOR ->
          new Sabotage() {
            @Override
            public ToReplica heard(ToReplica message) {
              return message instanceof Base base
                  ? new Base(
                      base.fence(), base.step(), base.baseHash(), base.computing(), Clearance.GIVEN)
                  : message;
            }
          };
      case GATHERED_PIECES_SURVIVE_A_VERDICT ->
          new Sabotage() {
            @Override
            public ToReplica heard(ToReplica message) {
              return message instanceof Report report ? withoutDrops(report) : message;
            }
          };
      case SIGHTINGS_ARE_MIXED_UP ->
          new Sabotage() {
            @Override
            public void hear(
                Life life, Coordinator coordinator, Member from, ToCoordinator heard, long nowMs) {
              coordinator.on(from, heard instanceof Coverage m ? mixedUp(m) : heard, nowMs);
            }
          };
      case KEPT_BEFORE_COPIED ->
          new Sabotage() {
            @Override
            public boolean copiesLate() {
              return true;
            }
          };
      case ORDERS_ARE_TAKEN_TOO_EARLY ->
          new Sabotage() {
            @Override
            public Submission order(Coordinator coordinator, Order order) {
              Submission answer = coordinator.order(order);
              return answer instanceof Submission.Later ? new Submission.Taken() : answer;
            }
          };
    };
  }

  private static Report withoutDrops(Report report) {
    Configuration told = report.configuration();
    Verdicts verdicts = new Verdicts(0, 0, told.verdicts().quarantined());
    return new Report(report.fence(), told.withVerdicts(verdicts), report.scrutiny());
  }

  /** Each digest goes by the name of who pushed the next. */
  private static Coverage mixedUp(Coverage told) {
    List<Sighting> mixed = new ArrayList<>();
    for (int i = 0; i < told.seen().size(); i++) {
      Sighting sighting = told.seen().get(i);
      Sighting next = told.seen().get((i + 1) % told.seen().size());
      mixed.add(new Sighting(sighting.slot(), next.from(), sighting.piece(), sighting.fate()));
    }
    return new Coverage(told.fence(), told.shard(), told.step(), told.held(), mixed);
  }

  /** From where the search begins: rare ones would take a build too long from the start. */
  long fromSeed() {
    return switch (this) {
      case TERMS_ARE_FORGOTTEN -> 800;
      case ANOTHER_VERSIONS_LOSS_COUNTS -> 1_900;
      case THE_NEXT_LOSS_IS_ACCEPTED_TOO -> 3_300;
      default -> 0;
    };
  }

  /** In random histories a version dies, and a copy comes late, too seldom for a build. */
  Schedule schedule(long seed) {
    return switch (this) {
      case BASES_ARE_NOT_COMPARED -> Directed.baseDies(seed);
      case GIVEN_UP_COPIES_SURVIVE -> Directed.powerGoesAfterARestore(seed);
      case ANY_COPY_COUNTS -> Directed.copiesComeLate(seed);
      case COPIES_OF_ANOTHER_RUN_COUNT -> Directed.copiesOfAnotherRunComeLate(seed);
      default -> Schedule.of(seed);
    };
  }

  /** Whoever gave it hears about the order that it gave. */
  private static final class RepeatedOrdersAreDoneAgain implements Sabotage {
    private final Map<Order, Long> waiting = new HashMap<>();
    private long highest = 1_000;

    @Override
    public Submission order(Coordinator coordinator, Order order) {
      long number = waiting.computeIfAbsent(order, first -> highest++);
      Order renumbered = new Order(order.job(), order.issuer(), number, order.kind(), order.text());
      Submission answer = coordinator.order(renumbered);
      if (!(answer instanceof Submission.Later)) {
        waiting.remove(order);
      }
      return answer;
    }
  }

  private static final class RepeatsAreRefused implements Sabotage {
    @Override
    public ToCoordinator vote(Voter voter, ToVoter message) {
      VoterState state = voter.state();
      return switch (message) {
        case Prepare m when m.term().equals(state.promised()) -> new Refused(m.term(), m.term());
        case Accept m
            when state.accepted() != null
                && state.accepted().fence().equals(m.configuration().under(m.term())) ->
            new Refused(m.term(), m.term());
        case Prepare m -> voter.on(m);
        case Accept m -> voter.on(m);
      };
    }
  }
}
