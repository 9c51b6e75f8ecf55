package dev.sampo.actors.plane;

import dev.sampo.config.DetectorTimings;
import dev.sampo.config.NodeConfig;
import dev.sampo.gradient.DriverPlace;
import dev.sampo.gradient.Kind;
import dev.sampo.gradient.Offer;
import dev.sampo.gradient.PathSurvey;
import dev.sampo.gradient.Peer;
import dev.sampo.gradient.PeerPulse;
import dev.sampo.gradient.PlaneSettings;
import dev.sampo.gradient.PlaneStats;
import dev.sampo.gradient.Preflight;
import dev.sampo.gradient.TensorPlane;
import dev.sampo.gradient.TensorSink;
import dev.sampo.gradient.TransferHeader;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.membership.NodeCard;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A node's tensor plane, and the landings that its jobs have registered. Any thread may send and
 * register.
 */
public final class DataPlane implements AutoCloseable {
  /** The place of a job's parameter mirror among the landings of its shards. */
  private static final int MIRROR = -1;

  /** Rarer ones would come later than a stream counts as broken. */
  private static final Duration RAREST_BEATS = Duration.ofSeconds(1);

  private record Place(long job, int shard) {}

  private final Map<Place, Landing> landings = new ConcurrentHashMap<>();
  private final Map<Long, Member> members = new ConcurrentHashMap<>();
  private final PlaneSettings settings;
  private final TensorPlane plane;

  private DataPlane(PlaneSettings settings, Member self) {
    this.settings = settings;
    members.put(self.incarnation(), self);
    this.plane = TensorPlane.open(settings, new Sink());
  }

  /** How a node's settings say that its plane is opened. */
  public static PlaneSettings settings(
      NodeConfig config, DetectorTimings timings, long incarnation) {
    PlaneSettings settings =
        PlaneSettings.of(config.name(), incarnation, config.address(), config.dataPort())
            .withMtuBytes(config.dataPlane().mtuBytes())
            .withTermLengthBytes(config.dataPlane().termBytes())
            .withWindowBytes(config.dataPlane().windowBytes())
            .withBeatInterval(
                timings.beatInterval().compareTo(RAREST_BEATS) < 0
                    ? timings.beatInterval()
                    : RAREST_BEATS);
    return config
        .dataPlane()
        .driver()
        .map(folder -> settings.withDriver(new DriverPlace.External(folder)))
        .orElse(settings);
  }

  /** Measures the paths to all peers, one after the other; for a thread that may wait. */
  public List<SurveyedPath> survey() {
    return plane.peers().stream()
        .map(peer -> PathSurvey.of(plane, peer))
        .map(path -> new SurveyedPath(path, Preflight.path(path, settings)))
        .toList();
  }

  public static DataPlane open(PlaneSettings settings, Member self) {
    return new DataPlane(settings, self);
  }

  public int port() {
    return plane.port();
  }

  public PlaneStats stats() {
    return plane.stats();
  }

  /** Since anything of this life came over the data plane; empty if nothing ever did. */
  public OptionalLong silentMs(Member member) {
    return plane.pulse(member.incarnation()).map(PeerPulse::silentMs).orElse(OptionalLong.empty());
  }

  /** A node was heard of for the first time in this life. */
  public void connect(NodeCard card) {
    Member member = card.member();
    if (members.putIfAbsent(member.incarnation(), member) == null) {
      members.values().removeIf(old -> old.node().equals(member.node()) && !old.equals(member));
      plane.connect(
          new Peer(member.node().name(), member.incarnation(), card.host(), card.dataPort()));
    }
  }

  public void landShard(JobId job, int shard, Landing landing) {
    landings.put(new Place(job.bits(), shard), landing);
  }

  public void landMirror(JobId job, Landing landing) {
    landings.put(new Place(job.bits(), MIRROR), landing);
  }

  public void unland(JobId job) {
    landings.keySet().removeIf(place -> place.job == job.bits());
  }

  /**
   * Sends, or does not: what is refused here is sent again when it is asked for again.
   *
   * @param done runs when the payload is the caller's again; not at all if refused
   * @return whether it was taken
   */
  public boolean send(Member to, TransferHeader header, MemorySegment payload, Runnable done) {
    return plane.send(to.incarnation(), header, payload, outcome -> done.run()) == Offer.ACCEPTED;
  }

  @Override
  public void close() {
    plane.close();
  }

  private @Nullable Landing landingOf(TransferHeader header) {
    int shard = header.kind() == Kind.PARAMETERS ? MIRROR : header.shard();
    return landings.get(new Place(header.job(), shard));
  }

  /** Finds the landing of a transfer, anew for each call: a job may end while bytes arrive. */
  private final class Sink implements TensorSink {
    @Override
    public @Nullable MemorySegment begin(TransferHeader header, long senderIncarnation) {
      Landing landing = landingOf(header);
      Member from = members.get(senderIncarnation);
      return landing == null || from == null ? null : landing.begin(header, from);
    }

    @Override
    public void completed(
        TransferHeader header, long senderIncarnation, MemorySegment destination) {
      Landing landing = landingOf(header);
      Member from = members.get(senderIncarnation);
      if (landing != null && from != null) {
        landing.completed(header, from, destination);
      } else if (landing != null) {
        landing.abandoned(header, destination);
      }
    }

    @Override
    public void abandoned(
        TransferHeader header, long senderIncarnation, MemorySegment destination) {
      Landing landing = landingOf(header);
      if (landing != null) {
        landing.abandoned(header, destination);
      }
    }
  }
}
