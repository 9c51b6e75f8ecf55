package dev.sampo.actors.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.config.SampoConfig;
import dev.sampo.model.ModelOptions.Activations;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class JobMemoryTest {
  private static final String DATA = "0123456789abcdef".repeat(4);

  private static JobMemory memory(String limit, String... more) {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "job.name=a",
                "job.steps=1",
                "job.model.layers=6",
                "job.model.heads=6",
                "job.model.width=384",
                "job.model.context=256",
                "job.batch.sequences=12",
                "node.devices=[{kind=cpu,threads=1}]",
                "node.memory=" + limit));
    settings.addAll(List.of(more));
    SampoConfig config = SampoConfig.load(List.of(), settings);
    return JobMemory.of(config.node(), config.requireJob().withData(DATA, 256));
  }

  @Test
  void keepsActivationsWhereTheyFitAndComputesThemAnewWhereTheyDoNot() {
    assertEquals(Activations.KEPT, memory("8GiB").activations());
    JobMemory tight = memory("1GiB");
    assertEquals(Activations.RECOMPUTED, tight.activations());
    assertTrue(tight.fits(), tight::line);
    assertTrue(tight.deviceBytes() < memory("8GiB").deviceBytes() / 2, tight::line);
  }

  @Test
  void keepsOrComputesAnewWhereTheNodeSaysSo() {
    assertEquals(
        Activations.RECOMPUTED, memory("8GiB", "node.activations=recomputed").activations());
    JobMemory kept = memory("1GiB", "node.activations=kept");
    assertEquals(Activations.KEPT, kept.activations());
    assertFalse(kept.fits(), kept::line);
  }

  @Test
  void refusesWhatCannotFitWithTheNumbersAndWhatToChange() {
    JobMemory none = memory("256MiB");
    assertFalse(none.fits());
    assertTrue(none.refusal().contains("of 256"), none::refusal);
    assertTrue(none.refusal().contains("hint: lower job.batch.sequences"), none::refusal);
  }

  @Test
  void countsTheStateOfEachOptimizerAndWhatItWorksIn() {
    JobMemory adamW = memory("8GiB");
    JobMemory sgd = memory("8GiB", "job.optimizer.kind=sgd");
    JobMemory muon = memory("8GiB", "job.optimizer.kind=muon");
    assertEquals(adamW.storeBytes() * 4 / 6, sgd.storeBytes());
    // Two threads, each with two matrices of 384 x 1536 and two of 384 x 384, a line behind each
    // row.
    assertEquals(
        2L * 2 * 384 * (1536 + 16 + 384 + 16) * Float.BYTES,
        muon.storeBytes() - adamW.storeBytes());
  }

  @Test
  void computesALlamaAnewTooWhereThatFits() {
    JobMemory llama = memory("1GiB", "job.model.family=llama");
    assertEquals(Activations.RECOMPUTED, llama.activations());
    assertTrue(llama.fits(), llama::line);
    JobMemory wider = memory("1GiB", "job.model.family=llama", "job.model.inner=2048");
    assertEquals(
        // Three tensors in the one block and in the scratch, of 12 sequences of 256 tokens.
        3L * 2 * (2048 - 1024) * 12 * 256 * Float.BYTES, wider.deviceBytes() - llama.deviceBytes());
  }
}
