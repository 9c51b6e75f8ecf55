package dev.sampo.model.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SamplerTest {
  private static final float[] LOGITS = {0.1f, 3f, -2f, 2.9f, 3f};

  @Test
  void takesTheLikeliestAtTemperatureZeroAndNeverOneOutsideTopK() {
    assertEquals(1, new Sampler(0, 5, 1).draw(LOGITS, 0.999));
    assertEquals(1, new Sampler(1, 2, 1).draw(LOGITS, 0));
    assertEquals(4, new Sampler(1, 2, 1).draw(LOGITS, 0.999));
    assertEquals(2, new Sampler(5, 5, 1).draw(LOGITS, 0.9999));
    assertEquals(2, new Sampler(5, 500, 1).draw(LOGITS, 0.9999));
  }

  @Test
  void takesOnlyTheLikeliestThatHaveTheShareTogether() {
    float[] logits = {(float) Math.log(0.5), (float) Math.log(0.3), (float) Math.log(0.2)};
    assertEquals(0, new Sampler(1, 3, 0.4).draw(logits, 0.999));
    assertEquals(1, new Sampler(1, 3, 0.6).draw(logits, 0.999));
    assertEquals(0, new Sampler(1, 3, 0.6).draw(logits, 0.62));
    assertEquals(1, new Sampler(1, 3, 0.6).draw(logits, 0.63));
    assertEquals(2, new Sampler(1, 3, 1).draw(logits, 0.999));
    assertEquals(0, new Sampler(1, 3, 1e-9).draw(logits, 0.999));
  }

  @Test
  void drawsAsOftenAsTheOddsSay() {
    float[] logits = {(float) Math.log(0.5), (float) Math.log(0.3), (float) Math.log(0.2)};
    int[] counts = new int[3];
    Random random = new Random(5);
    for (int i = 0; i < 20_000; i++) {
      counts[new Sampler(1, 3, 1).draw(logits, random.nextDouble())]++;
    }
    assertEquals(0.5, counts[0] / 20_000.0, 0.02);
    assertEquals(0.2, counts[2] / 20_000.0, 0.02);
  }

  @Test
  void findsTheLikeliestOfManyAsASortDoes() {
    Random random = new Random(6);
    float[] logits = new float[3_000];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = random.nextInt(-500, 500) / 100f;
    }
    int likeliest = 0;
    for (int i = 1; i < logits.length; i++) {
      likeliest = logits[i] > logits[likeliest] ? i : likeliest;
    }
    assertEquals(likeliest, new Sampler(1, 40, 1).draw(logits, 0));
    int last = new Sampler(1, 40, 1).draw(logits, 0.9999999);
    float kept = logits[last];
    long better = 0;
    for (float logit : logits) {
      better += logit > kept ? 1 : 0;
    }
    assertTrue(better < 40, "better ones: " + better);
  }

  @Test
  void refusesWhatIsNoDistribution() {
    assertThrows(IllegalArgumentException.class, () -> new Sampler(-1, 5, 1));
    assertThrows(IllegalArgumentException.class, () -> new Sampler(1, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> new Sampler(1, 1, 0));
    assertThrows(IllegalArgumentException.class, () -> new Sampler(1, 1, 1.1));
  }
}
