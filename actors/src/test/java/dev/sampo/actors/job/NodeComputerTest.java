package dev.sampo.actors.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.actors.job.LentBuffers.LentBuffer;
import dev.sampo.config.BatchConfig;
import dev.sampo.device.Device;
import dev.sampo.device.FloatVectors;
import dev.sampo.device.Precision;
import dev.sampo.device.cpu.CpuDevice;
import dev.sampo.model.LanguageModel;
import dev.sampo.model.gpt.GptShape;
import dev.sampo.model.prepare.Preparation;
import dev.sampo.model.prepare.SplitRule;
import dev.sampo.model.text.Corpus;
import dev.sampo.model.token.ByteTokenizer;
import dev.sampo.parameter.RoundedGradient;
import dev.sampo.protocol.tree.CanonicalTree;
import dev.sampo.protocol.tree.Grain;
import dev.sampo.protocol.tree.TreeNode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NodeComputerTest {
  private static final long SEED = 11;
  private static final int SLOTS = 6;
  private static final GptShape SHAPE = new GptShape(3, 2, 8, 8, 256);

  @TempDir Path folder;

  private final Arena arena = Arena.ofShared();
  private Path corpus = Path.of("");

  @BeforeEach
  void prepare() throws IOException {
    Path text =
        Files.writeString(folder.resolve("a.txt"), "salt and gold and grain ".repeat(20_000));
    corpus = folder.resolve("corpus");
    new Preparation(new ByteTokenizer(), null, Set.of(".txt"), "text", SplitRule.PASSAGES)
        .write(
            new Preparation.Sources(List.of(text), List.of()),
            corpus,
            new Preparation.OnBad.Refuse(),
            (bytes, documents, tokens) -> {});
  }

  @AfterEach
  void free() {
    arena.close();
  }

  /** What was told to be finished, as it was then. */
  private record Told(long first, MemorySegment bytes) {}

  @Test
  void anyNodeIsTheFoldOfItsLeavesAndWhatIsToldEarlyStaysSo() throws IOException {
    for (int accumulation : new int[] {1, 3}) {
      for (int grain : new int[] {Grain.NONE, 1, 2, SLOTS}) {
        check(new BatchConfig(SLOTS, accumulation, 1, grain));
      }
    }
  }

  private void check(BatchConfig batch) throws IOException {
    Device device = CpuDevice.open(1, Precision.F32);
    LanguageModel model = SHAPE.create(device, batch.sequences());
    MemorySegment parameters = arena.allocate(model.layout().total() * Float.BYTES, 64);
    model.initialise(SEED, parameters);
    Grain grain = new Grain(new CanonicalTree(SLOTS), batch.grain());
    try (Corpus opened = Corpus.open(corpus);
        NodeComputer computer = new NodeComputer(device, model, opened, batch, SEED)) {
      for (TreeNode node : nodes(grain.tree(), grain.tree().root())) {
        List<Told> told = new ArrayList<>();
        LentBuffer found =
            computer.compute(2, node, parameters, (first, part) -> told.add(copy(first, part)));
        MemorySegment wanted = fold(computer, grain, node, parameters);
        assertEquals(-1, wanted.mismatch(found.segment()), batch + ", node=" + node);
        checkTold(told, found.segment());
        found.release();
      }
    }
  }

  private Told copy(long first, LentBuffer part) {
    MemorySegment from = part.segment().asSlice(first * Float.BYTES);
    return new Told(first, arena.allocate(from.byteSize(), 64).copyFrom(from));
  }

  private static void checkTold(List<Told> told, MemorySegment whole) {
    assertEquals(SHAPE.layers(), told.size(), "one border a layer");
    long before = Long.MAX_VALUE;
    for (Told border : told) {
      assertTrue(0 < border.first && border.first < before);
      before = border.first;
      assertEquals(-1, border.bytes.mismatch(whole.asSlice(border.first * Float.BYTES)));
    }
  }

  /** By the definition: leaves, added and rounded level by level. */
  private MemorySegment fold(
      NodeComputer computer, Grain grain, TreeNode node, MemorySegment parameters) {
    if (node.isLeaf()) {
      LentBuffer leaf = computer.compute(2, node, parameters, (first, part) -> {});
      MemorySegment copy = arena.allocate(leaf.segment().byteSize(), 64).copyFrom(leaf.segment());
      leaf.release();
      return copy;
    }
    MemorySegment sum = fold(computer, grain, grain.tree().left(node), parameters);
    FloatVectors.add(sum, sum, fold(computer, grain, grain.tree().right(node), parameters));
    if (grain.rounds(node)) {
      RoundedGradient.round(sum, parameters.byteSize() / Float.BYTES);
    }
    return sum;
  }

  private static List<TreeNode> nodes(CanonicalTree tree, TreeNode top) {
    List<TreeNode> all = new ArrayList<>(List.of(top));
    if (!top.isLeaf()) {
      all.addAll(nodes(tree, tree.left(top)));
      all.addAll(nodes(tree, tree.right(top)));
    }
    return all;
  }
}
