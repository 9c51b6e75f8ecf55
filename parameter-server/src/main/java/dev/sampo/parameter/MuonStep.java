package dev.sampo.parameter;

import dev.sampo.model.ParameterTensor;
import dev.sampo.model.Range;
import dev.sampo.model.optimizer.AdamW;
import dev.sampo.model.optimizer.Muon;
import dev.sampo.model.optimizer.MuonTensor;
import dev.sampo.model.optimizer.Sgd;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Muon and AdamW over the blocks of one shard. A matrix lies in many blocks and a block has parts
 * of many tensors: which, is looked up once. The directions of all matrices are found before the
 * first block, in the memory of the side that is written.
 */
final class MuonStep implements ShardStep {
  /** What is done with a part of a block. */
  private sealed interface Stretch {
    /**
     * A piece of a matrix.
     *
     * @param unused its second kind of state
     */
    record Turned(MuonTensor tensor, int piece, MemorySegment unused) implements Stretch {}

    /** A range of a table or a vector. */
    record Elementwise(AdamW.Versions block, Range range, AdamW.Decay decay) implements Stretch {}
  }

  /** What is the same for all blocks of a step. */
  private record Rates(AdamW.Rates rest, float learningRate) {}

  private final MuonArithmetic arithmetic;
  private final List<Block> from;
  private final List<Block> to;
  private final List<MuonTensor> tensors = new ArrayList<>();
  private final List<List<Stretch>> blocks = new ArrayList<>();
  private @Nullable Rates rates;

  MuonStep(MuonArithmetic arithmetic, List<Block> from, List<Block> to) {
    this.arithmetic = arithmetic;
    this.from = from;
    this.to = to;
    to.forEach(block -> blocks.add(new ArrayList<>()));
    for (ParameterTensor tensor : arithmetic.layout().tensors()) {
      if (tensor.matrices() > 0) {
        addMatrices(tensor);
      } else {
        addElements(tensor);
      }
    }
  }

  private void addMatrices(ParameterTensor tensor) {
    List<Muon.Piece> pieces = new ArrayList<>();
    List<Integer> places = new ArrayList<>();
    List<MemorySegment> unused = new ArrayList<>();
    for (int i = 0; i < to.size(); i++) {
      Range range = within(to.get(i), tensor);
      if (range.length() > 0) {
        long at = to.get(i).first() + range.from();
        places.add(i);
        unused.add(part(to.get(i).state().getLast(), range));
        pieces.add(
            new Muon.Piece(
                velocity(from.get(i), range),
                velocity(to.get(i), range),
                at - tensor.offset(),
                at - to.getFirst().first()));
      }
    }
    if (!pieces.isEmpty()) {
      MuonTensor whole =
          new MuonTensor(arithmetic.muon(), arithmetic.newtonSchulz(), tensor, pieces);
      tensors.add(whole);
      for (int piece = 0; piece < pieces.size(); piece++) {
        blocks.get(places.get(piece)).add(new Stretch.Turned(whole, piece, unused.get(piece)));
      }
    }
  }

  private void addElements(ParameterTensor tensor) {
    AdamW.Decay decay = tensor.decayed() ? AdamW.Decay.DECOUPLED : AdamW.Decay.NONE;
    for (int i = 0; i < to.size(); i++) {
      Range range = within(to.get(i), tensor);
      if (range.length() > 0) {
        AdamW.Versions block = new AdamW.Versions(moments(from.get(i)), moments(to.get(i)));
        blocks.get(i).add(new Stretch.Elementwise(block, range, decay));
      }
    }
  }

  @Override
  public void begin(StepScalars step, MemorySegment gradient) {
    float learningRate = (float) step.learningRate();
    rates =
        new Rates(
            arithmetic
                .rest()
                .rates(new AdamW.Scalars(step.timeStep(), learningRate, step.gradientScale())),
            learningRate);
    for (int i = 0; i < tensors.size(); i++) {
      tensors.get(i).turn(gradient, step.gradientScale());
    }
  }

  @Override
  public void step(int block, MemorySegment gradient) {
    if (rates == null) {
      throw new IllegalStateException("a step begins before its blocks: block=" + block);
    }
    List<Stretch> stretches = blocks.get(block);
    for (int i = 0; i < stretches.size(); i++) {
      switch (stretches.get(i)) {
        case Stretch.Turned(MuonTensor tensor, int piece, MemorySegment unused) -> {
          tensor.move(piece, rates.learningRate());
          unused.fill((byte) 0);
        }
        case Stretch.Elementwise(AdamW.Versions versions, Range range, AdamW.Decay decay) ->
            arithmetic.rest().step(rates.rest(), versions, gradient, range, decay);
      }
    }
  }

  /** The part of a block that a tensor has, relative to the block; empty if it has none. */
  private static Range within(Block block, ParameterTensor tensor) {
    long begin = Math.clamp(tensor.offset() - block.first(), 0, block.count());
    return new Range(begin, Math.clamp(tensor.end() - block.first(), begin, block.count()));
  }

  private static Sgd.State velocity(Block block, Range range) {
    return new Sgd.State(part(block.parameters(), range), part(block.state().getFirst(), range));
  }

  private static MemorySegment part(MemorySegment segment, Range range) {
    return segment.asSlice(range.from() * Float.BYTES, range.length() * Float.BYTES);
  }

  private static AdamW.State moments(Block block) {
    return new AdamW.State(block.parameters(), block.state().get(0), block.state().get(1));
  }
}
