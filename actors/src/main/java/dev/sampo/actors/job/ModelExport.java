package dev.sampo.actors.job;

import dev.sampo.model.file.ElementType;
import dev.sampo.model.file.TensorWriter;
import dev.sampo.model.folder.ModelFolder;
import dev.sampo.model.token.TokenizerFile;
import dev.sampo.parameter.FlatSha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes the trained model where people find it. */
final class ModelExport {
  private ModelExport() {}

  /**
   * The folder of the finished model. A job of mixed classes that went back comes to other bits
   * than before, and what it came to before is kept.
   */
  static Path folder(JobContext job, long generation) {
    boolean sameBits = generation == 0 || !job.spec().mixedClasses();
    return job.folder().resolve(sameBits ? "model" : "model-of-generation-" + generation);
  }

  /**
   * Writes the model, whole or not at all, in the precision that it was computed in: no bit of
   * {@code flat} is lost.
   *
   * @param flat the parameters of the last version
   * @param tokenizer what made the tokens that the model knows
   * @return the SHA-256 of the parameters
   */
  static String write(JobContext job, Path folder, MemorySegment flat, TokenizerFile tokenizer) {
    try {
      if (!Files.isDirectory(folder)) {
        ModelFolder.write(folder, JobModel.shapeOf(job.recipe()), flat, tokenizer, writer(job));
      }
      return FlatSha256.of(flat).hex();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the model could not be written: folder=" + folder + ", reason=" + e.getMessage(), e);
    }
  }

  private static TensorWriter writer(JobContext job) {
    return switch (JobModel.precisionOf(job.recipe())) {
      case F32 -> TensorWriter.plain();
      case BF16 -> new TensorWriter(ElementType.BF16, Long.MAX_VALUE);
    };
  }
}
