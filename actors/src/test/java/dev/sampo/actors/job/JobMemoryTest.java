package dev.sampo.actors.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.actors.node.Jobs;
import dev.sampo.config.NodeConfig;
import dev.sampo.config.PinnedJob;
import dev.sampo.config.Role;
import dev.sampo.config.SampoConfig;
import dev.sampo.model.ModelOptions.Activations;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.shard.ShardMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class JobMemoryTest {
  private static final String DATA = "0123456789abcdef".repeat(4);

  private record Asked(NodeConfig node, JobSpec spec, PinnedJob job) {
    JobMemory memory() {
      return JobMemory.of(node, spec, job);
    }

    String refusal() {
      return MemoryRefusal.of(node, spec, job, memory());
    }
  }

  private static Asked asked(String limit, int replicas, String... more) {
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
    PinnedJob job = config.requireJob().withData(DATA, 256);
    return new Asked(config.node(), Jobs.spec(job, replicas), job);
  }

  private static JobMemory memory(String limit, String... more) {
    return asked(limit, 1, more).memory();
  }

  @Test
  void keepsActivationsWhereTheyFitAndComputesThemAnewWhereTheyDoNot() {
    JobMemory roomy = memory("8GiB");
    assertEquals(Activations.KEPT, roomy.activations());
    JobMemory tight = memory("1200MiB");
    assertEquals(Activations.RECOMPUTED, tight.activations());
    assertTrue(tight.fits(), tight::line);
    assertTrue(tight.bytes("activations") < roomy.bytes("activations") / 2, tight::line);
  }

  @Test
  void keepsOrComputesAnewWhereTheNodeSaysSo() {
    assertEquals(
        Activations.RECOMPUTED, memory("8GiB", "node.activations=recomputed").activations());
    JobMemory kept = memory("1200MiB", "node.activations=kept");
    assertEquals(Activations.KEPT, kept.activations());
    assertFalse(kept.fits(), kept::line);
  }

  @Test
  void refusesWhatCannotFitWithWhatEachRemedyWouldMake() {
    Asked kept = asked("256MiB", 1, "node.activations=kept");
    String refusal = kept.refusal();
    assertFalse(kept.memory().fits());
    assertTrue(refusal.contains("MiB of 256: heap "), refusal);
    String f32 = "node.activations=kept";
    assertRemedy(refusal, "node.activations=recomputed", "node.activations=recomputed");
    assertRemedy(
        refusal,
        "job.batch.sequences=6 with job.batch.accumulation=2",
        f32,
        "job.batch.sequences=6",
        "job.batch.accumulation=2");
    assertRemedy(refusal, "job.model.precision=bf16", f32, "job.model.precision=bf16");
    assertTrue(refusal.endsWith(", raise node.memory"), refusal);
    assertFalse(refusal.contains("node.roles"), refusal);
  }

  private static void assertRemedy(String refusal, String remedy, String... settings) {
    String mib = JobMemory.mib(memory("256MiB", settings).totalBytes());
    assertTrue(refusal.contains("set " + remedy + " (" + mib + " MiB)"), mib + ": " + refusal);
  }

  @Test
  void sendsShardsElsewhereWhereThereMayBeOthers() {
    Asked both = asked("256MiB", 2);
    String mib =
        JobMemory.mib(
            JobMemory.ofRole(both.node(), both.spec(), both.job(), Role.COMPUTE).totalBytes());
    assertTrue(
        both.refusal().contains("set node.roles=[compute] (" + mib + " MiB)"), both::refusal);
    Asked shards = asked("256MiB", 2, "node.roles=[parameters]");
    JobMemory one = JobMemory.ofOneShard(shards.node(), shards.spec(), shards.job());
    assertFalse(one.fits(), one::line);
    String refusal = MemoryRefusal.of(shards.node(), shards.spec(), shards.job(), one);
    assertTrue(
        refusal.endsWith("; hint: leave the job's shards to other nodes, raise node.memory"),
        refusal);
  }

  /** Placement gives a small node few shards. */
  @Test
  void whereNotAllShardsFitOneMay() {
    Asked small = asked("600MiB", 2, "node.roles=[parameters]", "job.shards=16");
    assertFalse(small.memory().fits(), small.memory()::line);
    JobMemory one = JobMemory.ofOneShard(small.node(), small.spec(), small.job());
    assertTrue(one.fits(), one::line);
    assertEquals(Math.ceilDiv(small.memory().bytes("store"), 16), one.bytes("store"), one::line);
  }

  @Test
  void countsWhatAReplicaTakesWhileItLearns() {
    Asked alone = asked("8GiB", 1);
    JobMemory inCompany = asked("8GiB", 3).memory();
    assertEquals(0, alone.memory().bytes("copies"));
    long vector = JobModel.shapeOf(alone.job()).layout().total() * Float.BYTES;
    long gradients = inCompany.bytes("pieces") / vector;
    assertTrue(gradients < ShardMemory.GRADIENTS_FED, inCompany::line);
    // Of each shard two blocks of 64 times 16 Ki parameters, with two floats of state each.
    long blocks = 4L * 2 * 64 * 16 * 1024 * 3 * Float.BYTES;
    assertEquals(
        blocks + (ShardMemory.GRADIENTS_FED - gradients) * vector, inCompany.bytes("copies"));
  }

  @Test
  void countsTheStateOfEachOptimizerAndWhatItWorksIn() {
    JobMemory adamW = memory("8GiB", "job.shards=2");
    JobMemory sgd = memory("8GiB", "job.shards=2", "job.optimizer.kind=sgd");
    JobMemory muon = memory("8GiB", "job.shards=2", "job.optimizer.kind=muon");
    assertEquals(adamW.bytes("store") * 4 / 6, sgd.bytes("store"));
    // Two threads, each with two matrices of 384 x 1536 and two of 384 x 384, a line behind each
    // row.
    assertEquals(2L * 2 * 384 * (1536 + 16 + 384 + 16) * Float.BYTES, muon.bytes("optimizer"));
  }

  @Test
  void refusesMuonWhereItsWorkSpaceDoesNotFitIntoTheHeap() {
    JobMemory muon = memory("8GiB", "job.shards=2", "job.optimizer.kind=muon");
    long needed = MemoryTerms.HEAP_BYTES + muon.bytes("optimizer");
    assertEquals(Optional.empty(), MemoryRefusal.ofHeap(muon, needed));
    String refusal = MemoryRefusal.ofHeap(muon, needed - 1).orElseThrow();
    assertTrue(refusal.endsWith("hint: set SAMPO_JAVA_OPTS=-Xmx116m"), refusal);
  }

  @Test
  void computesALlamaAnewTooWhereThatFits() {
    JobMemory llama = memory("1300MiB", "job.model.family=llama");
    assertEquals(Activations.RECOMPUTED, llama.activations());
    assertTrue(llama.fits(), llama::line);
    JobMemory wider = memory("1300MiB", "job.model.family=llama", "job.model.inner=2048");
    assertEquals(
        // Three tensors in the one block and in the scratch, of 12 sequences of 256 tokens.
        3L * 2 * (2048 - 1024) * 12 * 256 * Float.BYTES,
        wider.bytes("activations")
            + wider.bytes("ends")
            - llama.bytes("activations")
            - llama.bytes("ends"));
  }
}
