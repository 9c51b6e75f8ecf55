package dev.sampo.gradient;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import io.aeron.exceptions.AeronException;
import io.aeron.logbuffer.BufferClaim;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import org.agrona.MutableDirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The stream to one peer: its transfers go one after the other, each chunk written straight into
 * Aeron's log.
 *
 * <p>Every break gives a new stream: when the peer falls silent or a transfer cannot be finished,
 * the publication is closed and another is made. So the receiver sees the old stream end, abandons
 * what was under way in it, and never meets the second half of a transfer whose first half is lost.
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

  /** Chunks in one round, so that one fast peer does not starve the others or our receiving. */
  private static final int BURST_CHUNKS = 16;

  private final Peer peer;
  private final String channel;
  private final long ownIncarnation;
  private final long livenessNs;
  private final Aeron aeron;
  private final PlaneCounters counters;
  private final TransferQueue queue;
  private final FrameBytes bytes = new FrameBytes();
  private final BufferClaim claim = new BufferClaim();

  private long registrationId = Aeron.NULL_VALUE;
  private @Nullable ExclusivePublication publication;
  private boolean connected;
  private boolean mayRegister = true;
  private long failedAtNs;
  private int chunkCapacity;

  private TransferQueue.@Nullable Queued current;
  private long sentBytes;
  private long transferId;

  private volatile @Nullable SendOutcome retiredWith;

  RemoteOutbound(Peer peer, PlaneSettings settings, Aeron aeron, PlaneCounters counters) {
    this.peer = peer;
    this.channel =
        Channels.towards(peer, settings.mtuTowards(peer.host()), settings.termLengthBytes());
    this.ownIncarnation = settings.incarnation();
    this.livenessNs = settings.liveness().toNanos();
    this.aeron = aeron;
    this.counters = counters;
    this.queue = new TransferQueue(settings.maxQueuedTransfers());
  }

  Peer peer() {
    return peer;
  }

  /** From any thread: asks the agent thread to close this. */
  void retire(SendOutcome outcome) {
    retiredWith = outcome;
  }

  @Nullable SendOutcome retiredWith() {
    return retiredWith;
  }

  @Override
  public Offer offer(TransferQueue.Queued transfer) {
    return queue.offer(transfer);
  }

  @Override
  public int doWork(long nowNs) {
    ExclusivePublication stream = publication;
    if (stream == null) {
      register(nowNs);
      expire(nowNs);
      return 0;
    }
    if (stream.isConnected()) {
      if (!connected) {
        connected = true;
        queue.reopen();
      }
      return sendChunks(stream);
    }
    if (connected) {
      LOG.log(Level.INFO, "the peer has fallen silent: peer={0}", peer);
      breakStream();
      loseAll();
      return 1;
    }
    expire(nowNs);
    return 0;
  }

  @Override
  public void close(SendOutcome outcome) {
    breakStream();
    if (registrationId != Aeron.NULL_VALUE) {
      aeron.asyncRemovePublication(registrationId);
      registrationId = Aeron.NULL_VALUE;
    }
    endAll(queue.close(), outcome);
  }

  private void register(long nowNs) {
    if (registrationId == Aeron.NULL_VALUE) {
      if (mayRegister || nowNs - failedAtNs > livenessNs) {
        registrationId = aeron.asyncAddExclusivePublication(channel, Channels.STREAM_ID);
      }
      return;
    }
    try {
      ExclusivePublication made = aeron.getExclusivePublication(registrationId);
      if (made != null) {
        publication = made;
        registrationId = Aeron.NULL_VALUE;
        chunkCapacity = FrameDescriptor.chunkCapacity(made.maxPayloadLength());
      }
    } catch (AeronException e) {
      // Unknown host, no room for the log: may pass, so try again, but not in a tight loop.
      registrationId = Aeron.NULL_VALUE;
      mayRegister = false;
      failedAtNs = nowNs;
      counters.errors.increment();
      LOG.log(
          Level.WARNING,
          "could not open the stream to a peer: peer={0}, reason={1}; hint: check the peer''s address and the room for the media driver''s files",
          peer,
          e.getMessage());
    }
  }

  /** Fails what has waited too long for a peer that does not listen. */
  private void expire(long nowNs) {
    if (nowNs - queue.oldestNs(nowNs) > livenessNs) {
      LOG.log(Level.INFO, "the peer does not listen: peer={0}", peer);
      loseAll();
    }
  }

  private void loseAll() {
    endAll(queue.refuse(), SendOutcome.PEER_LOST);
  }

  private void endAll(List<TransferQueue.Queued> waiting, SendOutcome outcome) {
    TransferQueue.Queued underWay = current;
    current = null;
    if (underWay != null) {
      underWay.end(outcome, counters);
    }
    waiting.forEach(transfer -> transfer.end(outcome, counters));
  }

  private void breakStream() {
    ExclusivePublication stream = publication;
    publication = null;
    connected = false;
    mayRegister = true;
    if (stream != null) {
      stream.close();
    }
  }

  private int sendChunks(ExclusivePublication stream) {
    int sent = 0;
    while (sent < BURST_CHUNKS) {
      TransferQueue.Queued transfer = current;
      if (transfer == null) {
        transfer = queue.poll();
        if (transfer == null) {
          return sent;
        }
        current = transfer;
        sentBytes = 0;
        transferId++;
      }
      if (!sendChunk(stream, transfer)) {
        return sent;
      }
      sent++;
    }
    return sent;
  }

  /** False if the stream takes nothing more now. */
  private boolean sendChunk(ExclusivePublication stream, TransferQueue.Queued transfer) {
    long length = transfer.header().lengthBytes();
    int chunk = (int) Math.min(chunkCapacity, length - sentBytes);
    long position = stream.tryClaim(FrameDescriptor.HEADER_LENGTH + chunk, claim);
    if (position < 0) {
      if (position == Publication.CLOSED || position == Publication.MAX_POSITION_EXCEEDED) {
        breakStream();
        loseAll();
      }
      // Otherwise flow control or a change of terms: a later round goes on here.
      return false;
    }
    try {
      write(transfer, chunk);
    } catch (IllegalStateException e) {
      claim.abort();
      counters.errors.increment();
      LOG.log(
          Level.ERROR, "a payload stays readable until its transfer ends: " + transfer.header(), e);
      current = null;
      breakStream();
      transfer.end(SendOutcome.PAYLOAD_UNREADABLE, counters);
      return false;
    }
    claim.commit();
    counters.framesSent.increment();
    counters.bytesSent.add(chunk);
    sentBytes += chunk;
    if (sentBytes == length) {
      current = null;
      transfer.end(SendOutcome.SENT, counters);
    }
    return true;
  }

  private void write(TransferQueue.Queued transfer, int chunk) {
    MutableDirectBuffer frame = claim.buffer();
    int at = claim.offset();
    FrameDescriptor.putTransfer(frame, at, transfer.header());
    FrameDescriptor.putChunk(frame, at, transferId, sentBytes, chunk);
    FrameDescriptor.putRoute(frame, at, ownIncarnation, peer.incarnation());
    bytes.copyIn(transfer.payload(), sentBytes, frame, at + FrameDescriptor.HEADER_LENGTH, chunk);
    // Over the copy and not the payload: what is checked is what goes out, and it is in the cache.
    int checked = FrameDescriptor.HEADER_LENGTH - FrameDescriptor.CHECKED_OFFSET + chunk;
    FrameDescriptor.putChecksum(
        frame, at, bytes.checksum(frame, at + FrameDescriptor.CHECKED_OFFSET, checked));
  }
}
