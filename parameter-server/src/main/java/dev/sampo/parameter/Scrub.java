package dev.sampo.parameter;

import dev.sampo.device.Precision;
import dev.sampo.protocol.CommitRecord;
import org.jspecify.annotations.Nullable;

/**
 * Walks over a shard's sides and hashes them again, a few blocks at a time, to find bytes that
 * changed by themselves. A side that a step rewrites is left: its bytes are new, and their hash is
 * compared with other replicas' at the commit. So this is for sides that lie still, in a pause or
 * in steps that take long. Belongs to the shard's thread.
 */
final class Scrub {
  private final SideHash hash;
  private @Nullable CommitRecord record;
  private int block;
  private int slot;

  Scrub(Precision precision) {
    this.hash = new SideHash(precision);
  }

  /**
   * Goes on.
   *
   * @param valid by slot: the records whose sides are to be looked at
   * @param budgetBytes when that much has been hashed, it is enough for now; one block at least is
   * @return the record that its side has been found not to fit, or null
   */
  @Nullable CommitRecord goOn(@Nullable CommitRecord[] valid, ShardFiles files, long budgetBytes) {
    if (record == null || !record.equals(valid[slot])) {
      begin(valid);
    }
    CommitRecord looked = record;
    if (looked == null) {
      return null;
    }
    Side side = files.sides().get(slot);
    long left = budgetBytes;
    while (left > 0 && block < side.blocks().size()) {
      Block next = side.blocks().get(block++);
      hash.add(next);
      left -= (1L + next.state().size()) * next.parameters().byteSize();
    }
    if (block < side.blocks().size()) {
      return null;
    }
    record = null;
    return hash.sealedAs(looked) ? null : looked;
  }

  /** Takes the other side, or the same one again if there is no other. */
  private void begin(@Nullable CommitRecord[] valid) {
    hash.forget();
    block = 0;
    slot = valid[1 - slot] != null ? 1 - slot : slot;
    record = valid[slot];
  }
}
