package dev.sampo.model.text;

/**
 * Counts by long key: open addressing with linear probing, a slot is empty while its count is zero.
 */
final class LongCounts {
  private long[] keys = new long[1 << 10];
  private int[] counts = new int[1 << 10];
  private int size;

  /** Adds one and returns the new count. */
  int add(long key) {
    int slot = slot(key);
    if (counts[slot] == 0) {
      if (size * 2 >= keys.length) {
        grow();
        slot = slot(key);
      }
      keys[slot] = key;
      size++;
    }
    counts[slot]++;
    return counts[slot];
  }

  int get(long key) {
    return counts[slot(key)];
  }

  /** The key's slot, or the empty one where it would go. */
  private int slot(long key) {
    long mixed = key * 0x9E3779B97F4A7C15L;
    int slot = (int) (mixed >>> 32) & (keys.length - 1);
    while (counts[slot] != 0 && keys[slot] != key) {
      slot = (slot + 1) & (keys.length - 1);
    }
    return slot;
  }

  private void grow() {
    long[] oldKeys = keys;
    int[] oldCounts = counts;
    keys = new long[oldKeys.length * 2];
    counts = new int[oldKeys.length * 2];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldCounts[i] != 0) {
        int slot = slot(oldKeys[i]);
        keys[slot] = oldKeys[i];
        counts[slot] = oldCounts[i];
      }
    }
  }
}
