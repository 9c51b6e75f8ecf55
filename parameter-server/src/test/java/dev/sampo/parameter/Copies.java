package dev.sampo.parameter;

import dev.sampo.protocol.CommitRecord;
import java.lang.foreign.MemorySegment;

/** What a learner does with a replica's version, without the planes between them. */
final class Copies {
  private Copies() {}

  /** Copies every block; says whether they are the record's version there. */
  static boolean copy(StoredShard from, CommitRecord record, StoredShard to) {
    for (int block = 0; block < from.blocks(); block++) {
      copyBlock(from, record, to, block);
    }
    return to.seal(record);
  }

  static void copyBlock(StoredShard from, CommitRecord record, StoredShard to, int block) {
    try (SideCopy copy = from.copyBlocks().copyOut(block, record)) {
      take(copy.segment(), record.version(), to, block);
    }
  }

  static void take(MemorySegment bytes, long version, StoredShard to, int block) {
    MemorySegment place =
        to.copyBlocks().staging().getFirst().asSlice(0, to.copyBlocks().bytes(block));
    place.copyFrom(bytes);
    to.copyBlocks().stage(place);
    to.takeBlock(block, version);
  }
}
