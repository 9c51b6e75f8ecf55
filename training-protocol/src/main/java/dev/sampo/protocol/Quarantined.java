package dev.sampo.protocol;

import java.util.List;

/**
 * A device that was found to be wrong, and how: it gets no more leases of the job.
 *
 * @param step at which it was contradicted
 * @param slot whose gradient it got wrong
 * @param shard of which part of the gradient the digests are
 * @param gave the digest of what it pushed
 * @param agreed the digest of what the others pushed
 * @param agreeing the devices that pushed that, at least two, the one asked last at the end
 */
public record Quarantined(
    DeviceId device,
    long step,
    int slot,
    int shard,
    Digest gave,
    Digest agreed,
    List<DeviceId> agreeing) {
  public Quarantined {
    agreeing = List.copyOf(agreeing);
  }

  @Override
  public String toString() {
    return "device=%s, step=%d, slot=%d, shard=%d, gave=%s, agreed=%s, agreeing=%s"
        .formatted(device, step, slot, shard, gave.brief(), agreed.brief(), agreeing);
  }
}
