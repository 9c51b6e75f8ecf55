package dev.sampo.gradient;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import io.aeron.exceptions.AeronException;
import io.aeron.logbuffer.BufferClaim;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The stream to one peer: in each of its lanes transfers go one after the other, each chunk written
 * straight into Aeron's log; and beats.
 *
 * <p>Every break gives a new stream, over the way that is the best then: when the peer falls silent
 * or a transfer cannot be finished, the publication is closed and another is made. So the receiver
 * sees the old stream end, abandons what was under way in it, and never meets the second half of a
 * transfer whose first half is lost.
 *
 * <pre>
 *   registering --driver made the log-->   waiting
 *   waiting     --peer listens-->          connected
 *   waiting     --liveness passed-->       waiting; what waits fails, new sends are NOT_CONNECTED
 *   connected   --peer silent-->           registering; all fails, new sends are NOT_CONNECTED
 * </pre>
 */
final class RemoteOutbound implements Outbound {
  private static final Logger LOG = System.getLogger(RemoteOutbound.class.getName());

  /**
   * Chunks in one round, so that one fast peer does not starve the others or our receiving; so few
   * that what is written is read while it is in the cache.
   */
  private static final int BURST_CHUNKS = 4;

  /** Of so many chunks the background lane gets one, however much is urgent. */
  private static final int BACKGROUND_SHARE = 16;

  /** How long shared memory may stay without a listener before the network is tried. */
  private static final long SHARED_MEMORY_PATIENCE_NS = TimeUnit.MILLISECONDS.toNanos(500);

  private final Peer peer;
  private final long ownIncarnation;
  private final long livenessNs;
  private final long beatIntervalNs;
  private final Links links;
  private final PlaneCounters counters;
  private final Pulse pulse;
  private final OutboundLane urgent;
  private final OutboundLane background;
  private final BufferClaim claim = new BufferClaim();

  private @Nullable Link link;
  private long registrationId = Aeron.NULL_VALUE;
  private @Nullable ExclusivePublication publication;
  private @Nullable FrameWriter writer;
  private boolean connected;
  private boolean mayRegister = true;
  private boolean nearWasDeaf;
  private long sinceNs;
  private int chunkCapacity;
  private int urgentInARow;
  private long beats;
  private long lastBeatNs;

  private volatile @Nullable Route route;
  private volatile @Nullable SendOutcome retiredWith;

  RemoteOutbound(Peer peer, PlaneSettings settings, Links links, PlaneCounters counters) {
    this.peer = peer;
    this.ownIncarnation = settings.incarnation();
    this.livenessNs = settings.timings().liveness().toNanos();
    this.beatIntervalNs = settings.timings().beatInterval().toNanos();
    this.links = links;
    this.counters = counters;
    this.pulse = new Pulse(peer.incarnation());
    this.urgent = new OutboundLane(settings.limits().maxQueuedTransfers());
    this.background = new OutboundLane(settings.limits().maxQueuedTransfers());
  }

  Peer peer() {
    return peer;
  }

  Pulse pulse() {
    return pulse;
  }

  /** The way of the stream; null while there is none. From any thread. */
  @Nullable Route route() {
    return route;
  }

  /** From any thread: asks the agent thread to close this. */
  void retire(SendOutcome outcome) {
    pulse.retire();
    retiredWith = outcome;
  }

  @Nullable SendOutcome retiredWith() {
    return retiredWith;
  }

  @Override
  public Offer offer(TransferQueue.Queued transfer) {
    return switch (transfer.header().kind().lane()) {
      case URGENT -> urgent.queue().offer(transfer);
      case BACKGROUND -> background.queue().offer(transfer);
    };
  }

  @Override
  public int doWork(long nowNs) {
    Link way = link;
    if (way != null) {
      way.doWork();
    }
    ExclusivePublication stream = publication;
    if (stream == null) {
      register(nowNs);
      expire(nowNs);
      return 0;
    }
    if (stream.isConnected() && !isSilent(nowNs)) {
      if (!connected) {
        connected = true;
        urgent.queue().reopen();
        background.queue().reopen();
      }
      sendBeat(stream, nowNs);
      return sendChunks(stream);
    }
    if (connected) {
      LOG.log(Level.INFO, "the peer has fallen silent: peer={0}", peer);
      breakStream();
      loseAll();
      return 1;
    }
    if (route == Route.SHARED_MEMORY && nowNs - sinceNs > SHARED_MEMORY_PATIENCE_NS) {
      nearWasDeaf = true;
      breakStream();
    }
    expire(nowNs);
    return 0;
  }

  @Override
  public void close(SendOutcome outcome) {
    breakStream();
    endAll(urgent.close(), outcome);
    endAll(background.close(), outcome);
  }

  private boolean isSilent(long nowNs) {
    if (pulse.isHeard() && pulse.silentNs(nowNs) > livenessNs) {
      pulse.forget();
      return true;
    }
    return false;
  }

  private void register(long nowNs) {
    Link way = link;
    if (way == null) {
      if (mayRegister || nowNs - sinceNs > livenessNs) {
        begin(nowNs);
      }
      return;
    }
    try {
      ExclusivePublication made = way.aeron().getExclusivePublication(registrationId);
      if (made != null) {
        publication = made;
        registrationId = Aeron.NULL_VALUE;
        writer = new FrameWriter(ownIncarnation, peer.incarnation(), way.checksumScope());
        chunkCapacity = Frames.chunkCapacity(made.maxPayloadLength());
        sinceNs = nowNs;
      } else if (nowNs - sinceNs > livenessNs) {
        // The driver does not answer: it may be a dead peer's.
        breakStream();
      }
    } catch (AeronException e) {
      failed(nowNs, e);
    }
  }

  private void begin(long nowNs) {
    sinceNs = nowNs;
    try {
      Link way = nearWasDeaf ? links.overNetwork(peer) : links.open(peer);
      nearWasDeaf = false;
      link = way;
      registrationId = way.aeron().asyncAddExclusivePublication(way.channel(), way.streamId());
      route = way.route();
    } catch (AeronException e) {
      failed(nowNs, e);
    }
  }

  /** Unknown host, no room for the log: may pass, so try again, but not in a tight loop. */
  private void failed(long nowNs, AeronException reason) {
    registrationId = Aeron.NULL_VALUE;
    breakStream();
    mayRegister = false;
    sinceNs = nowNs;
    counters.errors.increment();
    LOG.log(
        Level.WARNING,
        "could not open the stream to a peer: peer={0}, reason={1}; hint: check the peer''s address and the room for the media driver''s files",
        peer,
        reason.getMessage());
  }

  /** Fails what has waited too long for a peer that does not listen. */
  private void expire(long nowNs) {
    if (nowNs - urgent.queue().oldestNs(nowNs) > livenessNs
        || nowNs - background.queue().oldestNs(nowNs) > livenessNs) {
      LOG.log(Level.INFO, "the peer does not listen: peer={0}", peer);
      loseAll();
    }
  }

  private void loseAll() {
    endAll(urgent.refuse(), SendOutcome.PEER_LOST);
    endAll(background.refuse(), SendOutcome.PEER_LOST);
  }

  private void endAll(List<TransferQueue.Queued> transfers, SendOutcome outcome) {
    transfers.forEach(transfer -> transfer.end(outcome, counters));
  }

  private void breakStream() {
    ExclusivePublication stream = publication;
    Link way = link;
    publication = null;
    writer = null;
    link = null;
    route = null;
    connected = false;
    mayRegister = true;
    if (stream != null) {
      stream.close();
    } else if (way != null && registrationId != Aeron.NULL_VALUE) {
      way.aeron().asyncRemovePublication(registrationId);
    }
    registrationId = Aeron.NULL_VALUE;
    if (way != null) {
      way.close();
    }
  }

  private void sendBeat(ExclusivePublication stream, long nowNs) {
    FrameWriter frames = writer;
    if (frames != null
        && (beats == 0 || nowNs - lastBeatNs >= beatIntervalNs)
        && stream.tryClaim(Frames.BEAT_LENGTH, claim) > 0) {
      frames.putBeat(claim.buffer(), claim.offset(), ++beats, WallClock.nowUs(), pulse);
      claim.commit();
      lastBeatNs = nowNs;
    }
  }

  private int sendChunks(ExclusivePublication stream) {
    int sent = 0;
    while (sent < BURST_CHUNKS && sendFrom(stream, nextLane())) {
      sent++;
    }
    return sent;
  }

  private OutboundLane nextLane() {
    boolean yields = urgentInARow >= BACKGROUND_SHARE && !background.isIdle();
    if (urgent.isIdle() || yields) {
      urgentInARow = 0;
      return background;
    }
    urgentInARow++;
    return urgent;
  }

  /** False if nothing waits, or the stream takes nothing more now. */
  private boolean sendFrom(ExclusivePublication stream, OutboundLane lane) {
    FrameWriter frames = writer;
    OutboundLane.Progress progress = lane.progress();
    if (progress == null || frames == null) {
      return false;
    }
    TransferQueue.Queued transfer = progress.transfer();
    int decoded = progress.nextBytes(chunkCapacity);
    int encoded = transfer.header().codec().encodedBytes(decoded);
    long position = stream.tryClaim(Frames.CHUNK_HEADER_LENGTH + encoded, claim);
    if (position < 0) {
      if (position == Publication.CLOSED || position == Publication.MAX_POSITION_EXCEEDED) {
        breakStream();
        loseAll();
      }
      // Otherwise flow control or a change of terms: a later round goes on here.
      return false;
    }
    try {
      frames.putChunk(claim.buffer(), claim.offset(), progress, decoded);
    } catch (IllegalStateException e) {
      claim.abort();
      counters.errors.increment();
      LOG.log(
          Level.ERROR, "a payload stays readable until its transfer ends: " + transfer.header(), e);
      lane.ended();
      breakUnderWay();
      transfer.end(SendOutcome.PAYLOAD_UNREADABLE, counters);
      return false;
    }
    claim.commit();
    counters.framesSent.increment();
    counters.bytesSent.add(encoded);
    if (progress.advance(decoded)) {
      lane.ended();
      transfer.end(SendOutcome.SENT, counters);
    }
    return true;
  }

  /** One lane's transfer cannot be finished; the other lane's is begun again on a new stream. */
  private void breakUnderWay() {
    urgent.restart();
    background.restart();
    breakStream();
  }
}
