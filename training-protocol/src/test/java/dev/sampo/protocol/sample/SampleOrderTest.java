package dev.sampo.protocol.sample;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.BitSet;
import org.junit.jupiter.api.Test;

class SampleOrderTest {
  @Test
  void everyEpochUsesEverySampleOnce() {
    for (int samples = 1; samples <= 3_000; samples += 1 + samples / 12) {
      SampleOrder order = new SampleOrder(42, samples);
      for (int epoch = 0; epoch < 2; epoch++) {
        BitSet used = new BitSet();
        for (int place = 0; place < samples; place++) {
          int sample = (int) order.sampleAt((long) epoch * samples + place);
          assertFalse(used.get(sample), "twice: samples=" + samples + ", sample=" + sample);
          used.set(sample);
        }
        assertEquals(samples, used.length(), "samples=" + samples);
        assertEquals(samples, used.cardinality(), "samples=" + samples);
      }
    }
  }

  @Test
  void isAFunctionOfSeedAndPlaceOnly() {
    SampleOrder forwards = new SampleOrder(7, 1_000);
    SampleOrder backwards = new SampleOrder(7, 1_000);
    long[] seen = new long[3_000];
    for (int place = 0; place < seen.length; place++) {
      seen[place] = forwards.sampleAt(place);
    }
    for (int place = seen.length - 1; place >= 0; place--) {
      assertEquals(seen[place], backwards.sampleAt(place));
    }
  }

  @Test
  void seedsAndEpochsHaveOrdersOfTheirOwn() {
    int samples = 1_000;
    SampleOrder order = new SampleOrder(7, samples);
    SampleOrder other = new SampleOrder(8, samples);
    int sameInOther = 0;
    int sameInNext = 0;
    for (int place = 0; place < samples; place++) {
      sameInOther += order.sampleAt(place) == other.sampleAt(place) ? 1 : 0;
      sameInNext += order.sampleAt(place) == order.sampleAt(place + samples) ? 1 : 0;
    }
    // A random order agrees with another in one place on average.
    assertEquals(1, sameInOther, 8);
    assertEquals(1, sameInNext, 8);
    assertEquals(1, order.epochOf(samples));
    assertEquals(0, order.epochOf(samples - 1));
  }

  @Test
  void worksForAnEpochBeyondThirtyTwoBits() {
    long samples = 5_000_000_011L;
    SampleOrder order = new SampleOrder(3, samples);
    assertNotEquals(order.sampleAt(0), order.sampleAt(1));
    for (long place = samples - 100; place < samples + 100; place++) {
      long sample = order.sampleAt(place);
      assertEquals(sample, Math.floorMod(sample, samples));
    }
    assertThrows(IllegalArgumentException.class, () -> new SampleOrder(1, 0));
  }
}
