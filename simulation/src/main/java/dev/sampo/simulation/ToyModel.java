package dev.sampo.simulation;

import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.GradientFacts;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.message.SlotLoss;
import dev.sampo.protocol.tree.Grain;
import dev.sampo.protocol.tree.TreeNode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A model of a few floats whose gradients depend on all of them, whose sums round, and which tells
 * every slot and every version apart.
 *
 * <p>A gradient of one shard is {@code WIDTH} floats over its parameters, then the weight (1 a
 * slot), then the loss.
 */
final class ToyModel {
  static final int WIDTH = 4;
  static final int WEIGHT = WIDTH;
  static final int LOSS = WIDTH + 1;
  private static final int HEX_DIGITS = 64;

  /** One version of one shard. */
  static final class Side {
    private final float[] parameters;
    private final float[] momentum;

    Side(float[] parameters, float[] momentum) {
      this.parameters = parameters;
      this.momentum = momentum;
    }

    float[] parameters() {
      return parameters;
    }

    float[] momentum() {
      return momentum;
    }

    boolean isFinite() {
      for (int i = 0; i < WIDTH; i++) {
        if (!Float.isFinite(parameters[i]) || !Float.isFinite(momentum[i])) {
          return false;
        }
      }
      return true;
    }
  }

  private final History history;
  private final JobSpec job;

  ToyModel(History history, JobSpec job) {
    this.history = history;
    this.job = job;
  }

  JobSpec job() {
    return job;
  }

  /** Into how many blocks a shard is cut for copies. */
  int blocks() {
    return 1 + (int) (history.seed() / 4 % WIDTH);
  }

  /** Where a block begins in a shard; that of {@code blocks()} is the end. */
  int beginOf(int block) {
    return block * WIDTH / blocks();
  }

  Side initial(int shard) {
    float[] parameters = new float[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      parameters[i] = 0.3f + 0.1f * (shard * WIDTH + i) + (job.id().bits() & 0xff) * 1e-3f;
    }
    return new Side(parameters, new float[WIDTH]);
  }

  /**
   * The gradient of one tree node.
   *
   * @param parameters of all shards, [shard][WIDTH]
   * @param who 0 in a single class; computes with other last bits where classes are mixed
   * @return [shard][WIDTH + 2]
   */
  float[][] gradient(float[][] parameters, long step, TreeNode node, int who) {
    Grain grain = job.grain();
    float[][] sum =
        node.isLeaf()
            ? leaf(parameters, step, node.first(), who)
            : add(
                gradient(parameters, step, grain.tree().left(node), who),
                gradient(parameters, step, grain.tree().right(node), who));
    if (grain.rounds(node)) {
      Arrays.setAll(sum, shard -> round(sum[shard]));
    }
    return sum;
  }

  private static float[][] add(float[][] left, float[][] right) {
    float[][] sum = new float[left.length][];
    Arrays.setAll(sum, shard -> add(left[shard], right[shard]));
    return sum;
  }

  private float[][] leaf(float[][] parameters, long step, int slot, int who) {
    int total = parameters.length * WIDTH;
    float accent = 1f + who * 3e-6f;
    float[][] gradient = new float[parameters.length][WIDTH + 2];
    for (int i = 0; i < total; i++) {
      int other = (i + 1 + slot) % total;
      float own = parameters[i / WIDTH][i % WIDTH];
      float pull = parameters[other / WIDTH][other % WIDTH];
      float sample = ((step * 31 + slot * 7L + i) % 17) * 0.0613f;
      gradient[i / WIDTH][i % WIDTH] = (own * 1.013f - pull * 0.377f - sample) * accent;
    }
    for (float[] shard : gradient) {
      shard[WEIGHT] = 1;
      shard[LOSS] = shard[0] * shard[0] * accent;
    }
    if (history.isPoisoned(step) && slot == 0) {
      gradient[0][0] = Float.NaN;
    }
    return gradient;
  }

  /**
   * The loss on one held-out slot: of sizes so unlike that the last bits of a sum tell in which
   * order they were added.
   *
   * @param who as for {@link #gradient}
   */
  SlotLoss heldOut(float[][] parameters, int slot, int who) {
    double nats = who * 1e-9;
    for (int shard = 0; shard < parameters.length; shard++) {
      for (int i = 0; i < WIDTH; i++) {
        double off = parameters[shard][i] - 0.21 * ((slot + shard + i) % 5);
        nats += off * off * Math.pow(7.3, slot % 4);
      }
    }
    return new SlotLoss(slot, nats, 3 + slot % 2);
  }

  static float[] add(float[] left, float[] right) {
    float[] sum = new float[left.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = left[i] + right[i];
    }
    return sum;
  }

  /** To bf16: the upper half, with ties away from zero. */
  static float[] round(float[] exact) {
    float[] rounded = new float[exact.length];
    for (int i = 0; i < rounded.length; i++) {
      int bits = Float.floatToRawIntBits(exact[i]);
      rounded[i] =
          Float.isFinite(exact[i]) ? Float.intBitsToFloat((bits + 0x8000) & 0xFFFF_0000) : exact[i];
    }
    return rounded;
  }

  GradientFacts examine(float[] gradient, boolean carriesLoss) {
    double sumSquares = 0;
    boolean finite = true;
    for (int i = 0; i < WIDTH; i++) {
      sumSquares += (double) gradient[i] * gradient[i];
      finite &= Float.isFinite(gradient[i]);
    }
    return new GradientFacts(
        digest(gradient), sumSquares, finite, carriesLoss ? gradient[LOSS] : 0);
  }

  /** The optimizer: momentum. */
  Side next(Side from, Decision decision, float[] gradient) {
    float[] parameters = from.parameters.clone();
    float[] momentum = from.momentum.clone();
    float scale = (float) (decision.clipScale() / job.slots());
    float rate = (float) decision.learningRate();
    for (int i = 0; i < WIDTH; i++) {
      momentum[i] = 0.9f * momentum[i] + gradient[i] * scale;
      parameters[i] = parameters[i] - rate * momentum[i];
    }
    return new Side(parameters, momentum);
  }

  /**
   * Not a hash: the bits themselves, in hex. So few floats fit into a digest whole, which makes
   * equality exact, and the simulator quick.
   */
  static Digest digest(float[] values) {
    byte[] hex = new byte[HEX_DIGITS];
    Arrays.fill(hex, (byte) '0');
    int at = 0;
    for (float value : values) {
      int bits = Float.floatToRawIntBits(value);
      for (int shift = Integer.SIZE - 4; shift >= 0; shift -= 4) {
        int digit = bits >>> shift & 0xf;
        hex[at++] = (byte) (digit < 10 ? '0' + digit : 'a' + digit - 10);
      }
    }
    return new Digest(new String(hex, StandardCharsets.ISO_8859_1));
  }
}
