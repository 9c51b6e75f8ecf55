package dev.sampo.actors.job;

import dev.sampo.actors.post.CopyNotice;
import dev.sampo.gradient.TransferHeader;

/**
 * Which block of which version comes: by this the bytes, which come over the data plane, and the
 * notice, which comes over the control plane, are put together.
 *
 * @param prefix of the digest of the version's parameters
 */
record ArrivingBlock(int block, long version, long prefix) {
  /** A copy's transfer names its block where a piece's names its first slot. */
  static ArrivingBlock of(TransferHeader header) {
    return new ArrivingBlock(header.firstSlot(), header.step(), header.base());
  }

  static ArrivingBlock of(CopyNotice notice) {
    return new ArrivingBlock(
        notice.block(), notice.record().version(), notice.record().parameters().prefix());
  }
}
