package dev.sampo.actors.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.config.Machine;
import dev.sampo.config.ModelConfig;
import dev.sampo.config.SampoConfig;
import dev.sampo.model.ModelShape;
import dev.sampo.model.gpt.GptShape;
import dev.sampo.model.llama.LlamaShape;
import dev.sampo.model.llama.LlamaShape.Head;
import dev.sampo.model.llama.Rotary;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class JobModelTest {
  private static final ModelConfig LIKE =
      SampoConfig.load(List.of(), List.of("job.name=a", "job.steps=1"), new Machine(2, 4L << 30))
          .requireJob()
          .recipe()
          .model();

  @Test
  void jobsDescribeTheModelsOfBothFamilies() throws IOException {
    ModelConfig gpt = JobModel.configOf(new GptShape(3, 2, 16, 24, 60), LIKE);
    assertEquals(ModelConfig.Family.GPT2, gpt.family());
    assertEquals(64, gpt.inner());
    ModelConfig llama = JobModel.configOf(llama(new Rotary(500_000, null), 1e-6f), LIKE);
    assertEquals(24, llama.inner());
    assertEquals(1e-6, llama.normEpsilon());
    assertEquals(500_000, llama.rotaryBase());
  }

  @Test
  void aModelThatAJobCannotDescribeIsRefusedRatherThanChanged() {
    ModelShape stretched = llama(new Rotary(10_000, new Rotary.Scaling(8, 1, 4, 8192)), 1e-5f);
    String reason =
        assertThrows(IOException.class, () -> JobModel.configOf(stretched, LIKE)).toString();
    assertTrue(reason.contains("stretched rotary positions"), reason);
  }

  private static LlamaShape llama(Rotary rotary, float epsilon) {
    return new LlamaShape(2, 4, 2, 16, 24, 24, 60, Head.SEPARATE, rotary, epsilon);
  }
}
