package dev.sampo.gradient;

import org.jspecify.annotations.Nullable;

/**
 * What the bytes of a transfer are. The wire codes are part of the frame layout and never change
 * meaning.
 */
public enum Kind {
  /** The gradient of one canonical tree node, for one parameter shard. */
  PIECE(1),
  /** A shard's whole reduced gradient, from its owner to its replicas. */
  GRADIENT(2),
  /** A range of a shard's parameters at version {@code step}. */
  PARAMETERS(3),
  /** A range of a shard's whole state (parameters and moments), for a replica that catches up. */
  COPY(4),
  /** Measures the way between two planes, which answer it themselves; no sink ever sees it. */
  PROBE(5);

  private static final Kind[] BY_CODE = {null, PIECE, GRADIENT, PARAMETERS, COPY, PROBE};

  private final byte code;

  Kind(int code) {
    this.code = (byte) code;
  }

  byte code() {
    return code;
  }

  /** Copies and probes let everything else pass them. */
  Lane lane() {
    return switch (this) {
      case PIECE, GRADIENT, PARAMETERS -> Lane.URGENT;
      case COPY, PROBE -> Lane.BACKGROUND;
    };
  }

  /** Null for a code that no kind has: it comes from the network, so it is no broken invariant. */
  static @Nullable Kind ofCode(int code) {
    return code > 0 && code < BY_CODE.length ? BY_CODE[code] : null;
  }
}
