package dev.sampo.gradient;

import java.util.Comparator;

/**
 * Which of the transfers that wait for one peer goes first.
 *
 * <ol>
 *   <li>Whole gradients: a commit waits for them.
 *   <li>Parameters, the first shards first: a forward pass begins with the first layers.
 *   <li>Pieces, the last shards first: a backward pass ends with the first layers, so the last
 *       ones' gradients are finished early, and their owners can merge while the rest travels.
 *   <li>Copies and probes.
 * </ol>
 *
 * Within these the older step is first, and what is equal keeps the order in which it was sent.
 */
final class TransferOrder implements Comparator<TransferHeader> {

  @Override
  public int compare(TransferHeader a, TransferHeader b) {
    int byKind = Integer.compare(rank(a.kind()), rank(b.kind()));
    if (byKind != 0) {
      return byKind;
    }
    int byStep = Long.compare(a.step(), b.step());
    if (byStep != 0) {
      return byStep;
    }
    int byShard = Integer.compare(a.shard(), b.shard());
    if (byShard != 0) {
      return a.kind() == Kind.PIECE ? -byShard : byShard;
    }
    return Long.compare(a.offset(), b.offset());
  }

  private static int rank(Kind kind) {
    return switch (kind) {
      case GRADIENT -> 0;
      case PARAMETERS -> 1;
      case PIECE -> 2;
      case COPY -> 3;
      case PROBE -> 4;
    };
  }
}
