package dev.sampo.actors.job;

import dev.sampo.actors.job.FlatGradients.FlatGradient;
import dev.sampo.config.BatchConfig;
import dev.sampo.device.Device;
import dev.sampo.device.FloatVectors;
import dev.sampo.model.LanguageModel;
import dev.sampo.model.TokenBatch;
import dev.sampo.model.text.TokenFile;
import dev.sampo.parameter.RoundedGradient;
import dev.sampo.parameter.SideHash;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.sample.SampleOrder;
import dev.sampo.protocol.tree.CanonicalTree;
import dev.sampo.protocol.tree.Grain;
import dev.sampo.protocol.tree.TreeNode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Computes gradients of tree nodes on one device: the leaves in slot order, folded left + right on
 * the canonical tree, so that its bits are those that anyone else would get. One thread at a time.
 */
final class NodeComputer implements AutoCloseable {
  private static final long NOISE_FACTOR = 0x9E3779B97F4A7C15L;

  private final Device device;
  private final LanguageModel model;
  private final TokenBatch batch;
  private final TokenFile tokens;
  private final SampleOrder order;
  private final BatchConfig sizes;
  private final Grain grain;
  private final FlatGradients gradients;
  private final long seed;
  private boolean closed;

  NodeComputer(Device device, LanguageModel model, TokenFile tokens, BatchConfig sizes, long seed) {
    this.device = device;
    this.model = model;
    this.tokens = tokens;
    this.sizes = sizes;
    this.seed = seed;
    this.batch = model.newBatch();
    this.order = new SampleOrder(seed, tokens.samples(model.shape().context()));
    this.grain = new Grain(new CanonicalTree(sizes.slots()), sizes.grain());
    this.gradients = new FlatGradients(model.layout().total());
  }

  /**
   * The gradient of one tree node, summed over its slots.
   *
   * @param parameters version {@code step}, flat
   */
  synchronized FlatGradient compute(long step, TreeNode node, MemorySegment parameters) {
    if (closed) {
      throw new IllegalStateException("the device is closed: device=" + device.name());
    }
    model.load(parameters);
    return fold(step, node);
  }

  private FlatGradient fold(long step, TreeNode node) {
    FlatGradient sum = node.isLeaf() ? leaf(step, node.first()) : branch(step, node);
    if (grain.rounds(node)) {
      RoundedGradient.round(sum.segment(), model.layout().total());
    }
    return sum;
  }

  private FlatGradient branch(long step, TreeNode node) {
    FlatGradient left = fold(step, grain.tree().left(node));
    FlatGradient right = fold(step, grain.tree().right(node));
    FloatVectors.add(left.segment(), left.segment(), right.segment());
    right.release();
    return left;
  }

  /** A slot: its micro-batches in order, added, then divided by their number. */
  private FlatGradient leaf(long step, int slot) {
    FlatGradient sum = gradients.take();
    microBatch(step, slot, 0, sum);
    if (sizes.accumulation() > 1) {
      FlatGradient next = gradients.take();
      for (int part = 1; part < sizes.accumulation(); part++) {
        microBatch(step, slot, part, next);
        FloatVectors.add(sum.segment(), sum.segment(), next.segment());
      }
      next.release();
      FloatVectors.scale(sum.segment(), sum.segment(), 1.0f / sizes.accumulation());
    }
    return sum;
  }

  private void microBatch(long step, int slot, int part, FlatGradient into) {
    long first = ((step * sizes.slots() + slot) * sizes.accumulation() + part) * sizes.sequences();
    for (int sequence = 0; sequence < sizes.sequences(); sequence++) {
      tokens.read(order.sampleAt(first + sequence), batch, sequence);
    }
    // The number of the micro-batch in the whole job, mixed with its seed.
    long noiseKey = seed * NOISE_FACTOR + first;
    float loss = model.lossAndGradient(batch, into.parameters(), noiseKey);
    RoundedGradient.setLoss(into.segment(), model.layout().total(), loss);
  }

  /** Whether the gradient of this node is rounded: it loses nothing if it travels in bf16. */
  boolean rounds(TreeNode node) {
    return grain.rounds(node);
  }

  /**
   * The kernel class of this device for this job: the hash of the gradient of one fixed micro-batch
   * at version 0. Equal hashes mean equal bits, whatever the machine is.
   */
  synchronized String probe() {
    FlatGradient gradient = gradients.take();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment parameters =
          arena.allocate(model.layout().total() * Float.BYTES, Long.BYTES * 8L);
      model.initialise(seed, parameters);
      for (int sequence = 0; sequence < sizes.sequences(); sequence++) {
        for (int place = 0; place <= model.shape().context(); place++) {
          batch.set(sequence, place, (sequence * 31 + place * 7 + 13) % model.shape().vocabulary());
        }
      }
      float loss = model.lossAndGradient(parameters, batch, gradient.parameters());
      RoundedGradient.setLoss(gradient.segment(), model.layout().total(), loss);
      Digest bits = new SideHash().of(gradient.segment());
      return device.name() + "-" + bits.hex().substring(0, 6);
    } finally {
      gradient.release();
    }
  }

  /** Waits for what is being computed: kernels must not lose the memory under them. */
  @Override
  public synchronized void close() {
    closed = true;
    gradients.close();
    device.close();
  }
}
