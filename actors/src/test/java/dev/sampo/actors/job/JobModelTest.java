package dev.sampo.actors.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.config.JobConfig;
import dev.sampo.config.Machine;
import dev.sampo.config.ModelConfig;
import dev.sampo.config.PinnedJob;
import dev.sampo.config.SampoConfig;
import dev.sampo.device.Device;
import dev.sampo.device.Precision;
import dev.sampo.model.Decoder;
import dev.sampo.model.Initialiser;
import dev.sampo.model.LanguageModel;
import dev.sampo.model.ModelMemory;
import dev.sampo.model.ModelOptions;
import dev.sampo.model.ModelShape;
import dev.sampo.model.ParameterLayout;
import dev.sampo.model.gpt.GptShape;
import dev.sampo.model.llama.LlamaShape;
import dev.sampo.model.llama.LlamaShape.Head;
import dev.sampo.model.llama.Rotary;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

final class JobModelTest {
  private static final String DATA = "0123456789abcdef".repeat(4);
  private static final JobConfig JOB =
      SampoConfig.load(List.of(), List.of("job.name=a", "job.steps=1"), new Machine(2, 4L << 30))
          .requireJob();
  private static final ModelConfig LIKE = JOB.recipe().model();

  @Test
  void jobsDescribeTheModelsOfBothFamilies() throws IOException {
    ModelConfig gpt = JobModel.configOf(new GptShape(3, 2, 16, 24, 60), LIKE);
    assertEquals(ModelConfig.Family.GPT2, gpt.family());
    assertEquals(64, gpt.inner());
    ModelConfig llama = JobModel.configOf(llama(new Rotary(500_000, null), 1e-6f), LIKE);
    assertEquals(24, llama.inner());
    assertEquals(1e-6, llama.normEpsilon());
    assertEquals(500_000, llama.rotary().base());
  }

  @Test
  void aModelThatAJobCannotDescribeIsRefusedRatherThanChanged() {
    IOException refused =
        assertThrows(IOException.class, () -> JobModel.configOf(new Unheard(), LIKE));
    assertTrue(refused.toString().contains("a job can describe its model"), refused::toString);
  }

  @Test
  void jobsDescribeHowPositionsAreStretched() throws IOException {
    for (Rotary.Scaling scaling :
        List.of(new Rotary.Scaling.Linear(2.5), new Rotary.Scaling.Llama3(8, 1, 4, 8192))) {
      LlamaShape shape = llama(new Rotary(500_000, scaling), 1e-5f);
      ModelConfig config = JobModel.configOf(shape, LIKE);
      PinnedJob job = JOB.withModel(config, DATA).withData(DATA, 60);
      assertEquals(shape, JobModel.shapeOf(PinnedJob.parse(job.canonicalText())));
    }
  }

  /** Of a family that no job has. */
  private record Unheard() implements ModelShape {
    @Override
    public int layers() {
      return 1;
    }

    @Override
    public int width() {
      return 1;
    }

    @Override
    public int context() {
      return 1;
    }

    @Override
    public int vocabulary() {
      return 1;
    }

    @Override
    public ParameterLayout layout() {
      throw new AssertionError("a family that no job has is only named");
    }

    @Override
    public Initialiser initialiser() {
      throw new AssertionError("a family that no job has is only named");
    }

    @Override
    public LanguageModel create(Device device, int sequences, ModelOptions options) {
      throw new AssertionError("a family that no job has is only named");
    }

    @Override
    public ModelMemory memory(int sequences, Precision precision, ModelOptions options) {
      throw new AssertionError("a family that no job has is only named");
    }

    @Override
    public Decoder decoder(Device device, MemorySegment flat, int capacity) {
      throw new AssertionError("a family that no job has is only named");
    }
  }

  private static LlamaShape llama(Rotary rotary, float epsilon) {
    return new LlamaShape(2, 4, 2, 16, 24, 24, 60, Head.SEPARATE, rotary, epsilon);
  }
}
