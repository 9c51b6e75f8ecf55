package dev.sampo.gradient;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Stands before the sink and deals with probes itself: their bytes go into memory that nobody
 * reads, and each is answered with one of a single byte. Probing begins on any thread; all else
 * belongs to the agent thread.
 */
final class ProbeDesk implements TensorSink {
  /** Longer probes are refused, and only one way needs memory for them at a time. */
  static final int MAX_PROBE_BYTES = 16 << 20;

  private static final int QUESTION = 0;
  private static final int ANSWER = 1;

  /** {@link TensorPlane#send}. */
  @FunctionalInterface
  interface Sending {
    Offer send(long to, TransferHeader header, MemorySegment payload, Consumer<SendOutcome> done);
  }

  private record Question(long to, long askedNs, CompletableFuture<Long> answered) {}

  private final TensorSink sink;
  private final Sending sending;
  private final AtomicLong numbers = new AtomicLong();
  private final Map<Long, Question> open = new ConcurrentHashMap<>();
  private final MemorySegment answer = Arena.ofAuto().allocate(1);
  private @Nullable MemorySegment scratch;
  private boolean scratchTaken;

  ProbeDesk(TensorSink sink, Sending sending) {
    this.sink = sink;
    this.sending = sending;
  }

  CompletableFuture<Long> probe(long to, int bytes) {
    if (bytes < 1 || bytes > MAX_PROBE_BYTES) {
      throw new IllegalArgumentException(
          "a probe has some bytes: bytes=%d, maxBytes=%d".formatted(bytes, MAX_PROBE_BYTES));
    }
    long number = numbers.incrementAndGet();
    CompletableFuture<Long> answered = new CompletableFuture<>();
    open.put(number, new Question(to, System.nanoTime(), answered));
    MemorySegment payload = Arena.ofAuto().allocate(bytes, 64);
    Offer offer =
        sending.send(to, header(number, QUESTION, bytes), payload, outcome -> end(number, outcome));
    if (offer != Offer.ACCEPTED) {
      open.remove(number);
      answered.completeExceptionally(
          new IllegalStateException("a probe needs a peer that takes it: offer=" + offer));
    }
    return answered;
  }

  private void end(long number, SendOutcome outcome) {
    if (outcome != SendOutcome.SENT) {
      Question broken = open.remove(number);
      if (broken != null) {
        broken.answered.completeExceptionally(
            new IllegalStateException("a probe is sent whole: outcome=" + outcome));
      }
    }
  }

  private static TransferHeader header(long number, int role, long bytes) {
    return new TransferHeader(Kind.PROBE, 0, number, 0, role, 0, 0, 0, bytes);
  }

  @Override
  public @Nullable MemorySegment begin(TransferHeader header, long senderIncarnation) {
    if (header.kind() != Kind.PROBE) {
      return sink.begin(header, senderIncarnation);
    }
    if (header.shard() == ANSWER) {
      return header.lengthBytes() == 1 ? Arena.ofAuto().allocate(1) : null;
    }
    if (scratchTaken || header.lengthBytes() > MAX_PROBE_BYTES) {
      return null;
    }
    MemorySegment memory = scratch;
    if (memory == null || memory.byteSize() < header.lengthBytes()) {
      memory = Arena.ofAuto().allocate(header.lengthBytes(), 64);
      scratch = memory;
    }
    scratchTaken = true;
    return memory;
  }

  @Override
  public void completed(TransferHeader header, long senderIncarnation, MemorySegment destination) {
    if (header.kind() != Kind.PROBE) {
      sink.completed(header, senderIncarnation, destination);
    } else if (header.shard() == QUESTION) {
      scratchTaken = false;
      // A peer that we do not know, or that asks too much, gets no answer.
      var _ = sending.send(senderIncarnation, header(header.step(), ANSWER, 1), answer, _ -> {});
    } else {
      Question question = open.get(header.step());
      if (question != null && question.to == senderIncarnation) {
        open.remove(header.step());
        question.answered.complete(System.nanoTime() - question.askedNs);
      }
    }
  }

  @Override
  public void abandoned(TransferHeader header, long senderIncarnation, MemorySegment destination) {
    if (header.kind() != Kind.PROBE) {
      sink.abandoned(header, senderIncarnation, destination);
    } else if (header.shard() == QUESTION) {
      scratchTaken = false;
    }
  }
}
