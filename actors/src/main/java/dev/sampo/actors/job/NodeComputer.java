package dev.sampo.actors.job;

import dev.sampo.actors.job.LentBuffers.LentBuffer;
import dev.sampo.config.BatchConfig;
import dev.sampo.device.Device;
import dev.sampo.device.FloatVectors;
import dev.sampo.device.LargePages;
import dev.sampo.model.GradientListener;
import dev.sampo.model.LanguageModel;
import dev.sampo.model.TokenBatch;
import dev.sampo.model.evaluate.Evaluation;
import dev.sampo.model.text.Corpus;
import dev.sampo.model.text.TokenFile;
import dev.sampo.parameter.RoundedGradient;
import dev.sampo.parameter.SideHash;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.ShardRange;
import dev.sampo.protocol.message.SlotLoss;
import dev.sampo.protocol.sample.SampleOrder;
import dev.sampo.protocol.tree.CanonicalTree;
import dev.sampo.protocol.tree.Grain;
import dev.sampo.protocol.tree.TreeNode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;

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
  private final TokenFile heldOut;
  private final SampleOrder order;
  private final BatchConfig sizes;
  private final Grain grain;

  /** Each (parameters), then the loss as {@link RoundedGradient} lays it out. */
  private final LentBuffers gradients;

  private final long seed;
  private volatile boolean closed;

  NodeComputer(Device device, LanguageModel model, Corpus corpus, BatchConfig sizes, long seed) {
    this(device, model, corpus, sizes, seed, seed);
  }

  /** One that computes its gradients from other samples than it should: what audits must find. */
  static NodeComputer wrong(
      Device device, LanguageModel model, Corpus corpus, BatchConfig sizes, long seed) {
    return new NodeComputer(device, model, corpus, sizes, seed, seed + 1);
  }

  private NodeComputer(
      Device device,
      LanguageModel model,
      Corpus corpus,
      BatchConfig sizes,
      long seed,
      long orderSeed) {
    this.device = device;
    this.model = model;
    this.tokens = corpus.training();
    this.heldOut = corpus.validation();
    this.sizes = sizes;
    this.seed = seed;
    this.batch = model.newBatch();
    this.order = new SampleOrder(orderSeed, tokens.samples(model.shape().context()));
    this.grain = new Grain(new CanonicalTree(sizes.slots()), sizes.grain());
    this.gradients =
        new LentBuffers((model.layout().total() + ShardRange.LOSS_FLOATS) * Float.BYTES);
  }

  /**
   * The gradient of one tree node, summed over its slots.
   *
   * @param parameters version {@code step}, flat
   * @param listener is told of what is finished before the rest is
   */
  synchronized LentBuffer compute(
      long step, TreeNode node, MemorySegment parameters, NodeListener listener) {
    requireOpen();
    model.load(parameters);
    return new LastLeaf(step, node, listener).compute();
  }

  /**
   * The last leaf of a node, and the way up from it: everything before it is summed, so what its
   * last micro-batch has finished can be added on all levels at once, while the rest of that
   * micro-batch is computed. Element by element the sums are those of {@link #fold}.
   */
  private final class LastLeaf {
    private final long step;
    private final NodeListener listener;
    private final LentBuffer leaf;

    /** The nodes from the leaf up, and the sums that stand to the left of the way. */
    private final List<TreeNode> nodes = new ArrayList<>();

    private final List<LentBuffer> lefts = new ArrayList<>();
    private final LentBuffer whole;
    private long end = model.layout().total() + ShardRange.LOSS_FLOATS;

    LastLeaf(long step, TreeNode top, NodeListener listener) {
      this.step = step;
      this.listener = listener;
      TreeNode at = top;
      while (!at.isLeaf()) {
        nodes.addFirst(at);
        lefts.addFirst(fold(step, grain.tree().left(at)));
        at = grain.tree().right(at);
      }
      nodes.addFirst(at);
      this.leaf = gradients.take();
      this.whole = lefts.isEmpty() ? leaf : lefts.getLast();
    }

    LentBuffer compute() {
      int slot = nodes.getFirst().first();
      int last = sizes.accumulation() - 1;
      LentBuffer part = leaf;
      if (last > 0) {
        sumOf(step, slot, last, leaf);
        part = gradients.take();
      }
      LentBuffer newest = part;
      float loss =
          microBatch(step, slot, last, newest, (first, mean) -> raise(first, mean, newest));
      raise(0, loss, newest);
      if (newest != leaf) {
        newest.release();
      }
      releaseAllButTheWhole();
      return whole;
    }

    /** The last micro-batch's gradient {@code part} is finished from {@code first} on. */
    private void raise(long first, float loss, LentBuffer part) {
      if (end > model.layout().total()) {
        RoundedGradient.setLoss(part.segment(), model.layout().total(), loss);
      }
      MemorySegment sum = range(leaf, first);
      if (part != leaf) {
        FloatVectors.add(sum, sum, range(part, first));
        FloatVectors.scale(sum, sum, 1.0f / sizes.accumulation());
      }
      roundAt(nodes.getFirst(), sum, first);
      for (int level = 0; level < lefts.size(); level++) {
        MemorySegment left = range(lefts.get(level), first);
        FloatVectors.add(left, left, sum);
        roundAt(nodes.get(level + 1), left, first);
        sum = left;
      }
      end = first;
      if (first > 0) {
        listener.finished(first, whole);
      }
    }

    private void releaseAllButTheWhole() {
      if (leaf != whole) {
        leaf.release();
      }
      lefts.stream().filter(left -> left != whole).forEach(LentBuffer::release);
    }

    private MemorySegment range(LentBuffer gradient, long first) {
      return gradient.segment().asSlice(first * Float.BYTES, (end - first) * Float.BYTES);
    }

    private void roundAt(TreeNode node, MemorySegment range, long first) {
      if (grain.rounds(node)) {
        RoundedGradient.round(range, Math.min(end, model.layout().total()) - first);
      }
    }
  }

  /**
   * The loss on one slot of the held-out text: on its micro-batch of that number, without dropout.
   * Nothing of it is left for later gradients.
   *
   * @param parameters flat
   * @return of no tokens, where the text has ended before
   * @throws CancellationException if the device is closed
   */
  synchronized SlotLoss heldOut(int slot, MemorySegment parameters) {
    requireOpen();
    if (slot >= Evaluation.microBatches(model, heldOut)) {
      return new SlotLoss(slot, 0, 0);
    }
    double nats = Evaluation.nats(model, batch, parameters, heldOut, slot);
    return new SlotLoss(slot, nats, Evaluation.tokens(model));
  }

  private void requireOpen() {
    if (closed) {
      throw new CancellationException("the device is closed: device=" + device.name());
    }
  }

  private LentBuffer fold(long step, TreeNode node) {
    LentBuffer sum = node.isLeaf() ? leaf(step, node.first()) : branch(step, node);
    if (grain.rounds(node)) {
      RoundedGradient.round(sum.segment(), model.layout().total());
    }
    return sum;
  }

  private LentBuffer branch(long step, TreeNode node) {
    LentBuffer left = fold(step, grain.tree().left(node));
    LentBuffer right = fold(step, grain.tree().right(node));
    FloatVectors.add(left.segment(), left.segment(), right.segment());
    right.release();
    return left;
  }

  /** A slot: its micro-batches in order, added, then divided by their number. */
  private LentBuffer leaf(long step, int slot) {
    LentBuffer sum = gradients.take();
    sumOf(step, slot, sizes.accumulation(), sum);
    if (sizes.accumulation() > 1) {
      FloatVectors.scale(sum.segment(), sum.segment(), 1.0f / sizes.accumulation());
    }
    return sum;
  }

  /** The first so many micro-batches of a slot, added in order. */
  private void sumOf(long step, int slot, int parts, LentBuffer sum) {
    microBatch(step, slot, 0, sum);
    if (parts > 1) {
      LentBuffer next = gradients.take();
      for (int part = 1; part < parts; part++) {
        microBatch(step, slot, part, next);
        FloatVectors.add(sum.segment(), sum.segment(), next.segment());
      }
      next.release();
    }
  }

  private void microBatch(long step, int slot, int part, LentBuffer into) {
    float loss = microBatch(step, slot, part, into, GradientListener.NONE);
    RoundedGradient.setLoss(into.segment(), model.layout().total(), loss);
  }

  private float microBatch(
      long step, int slot, int part, LentBuffer into, GradientListener listener) {
    requireOpen();
    long first = ((step * sizes.slots() + slot) * sizes.accumulation() + part) * sizes.sequences();
    for (int sequence = 0; sequence < sizes.sequences(); sequence++) {
      tokens.read(order.sampleAt(first + sequence), batch, sequence);
    }
    // The number of the micro-batch in the whole job, mixed with its seed.
    long noiseKey = seed * NOISE_FACTOR + first;
    return model.lossAndGradient(batch, parametersOf(into), noiseKey, listener);
  }

  private MemorySegment parametersOf(LentBuffer gradient) {
    return gradient.segment().asSlice(0, model.layout().total() * Float.BYTES);
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
    LentBuffer gradient = gradients.take();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment parameters = LargePages.allocate(arena, model.layout().total() * Float.BYTES);
      model.initialise(seed, parameters);
      for (int sequence = 0; sequence < sizes.sequences(); sequence++) {
        for (int place = 0; place <= model.shape().context(); place++) {
          batch.set(sequence, place, (sequence * 31 + place * 7 + 13) % model.shape().vocabulary());
        }
      }
      float loss = model.lossAndGradient(parameters, batch, parametersOf(gradient));
      RoundedGradient.setLoss(gradient.segment(), model.layout().total(), loss);
      Digest bits = new SideHash().of(gradient.segment());
      return device.name() + "-" + bits.hex().substring(0, 6);
    } finally {
      gradient.release();
    }
  }

  /** Waits for the micro-batch under way: kernels must not lose the memory under them. */
  @Override
  public void close() {
    closed = true;
    closeMemory();
  }

  private synchronized void closeMemory() {
    gradients.close();
    device.close();
  }
}
