package dev.sampo.launcher;

import dev.sampo.actors.job.JobModel;
import dev.sampo.config.JobConfig;
import dev.sampo.config.ModelConfig;
import dev.sampo.model.file.Digests;
import dev.sampo.model.folder.FolderParameters;
import dev.sampo.model.folder.ModelFolder;
import dev.sampo.model.text.Corpus;
import dev.sampo.model.token.TokenizerFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;

/** The model in a folder that a job begins with. */
final class StartingModel {
  private static final String BYTES = "bytes";

  private StartingModel() {}

  /** The job of that model's shape, which names the hash of its parameters. */
  static JobConfig of(JobConfig job, Path folder) {
    try (FolderParameters first = FolderParameters.open(folder)) {
      ModelConfig model = JobModel.configOf(first.shape(), job.recipe().model());
      return job.withModel(model, first.sha256());
    } catch (IOException e) {
      throw unusable(folder, e);
    }
  }

  private static CommandFailure unusable(Path folder, IOException reason) {
    return new CommandFailure(
        "a job that goes on from a model needs it: job.model.from="
            + folder
            + ", "
            + reason.getMessage(),
        reason);
  }

  /** Tokens of another tokenizer would mean other texts. */
  static void requireItsTokenizer(Path folder, Corpus corpus) {
    try {
      String model = hash(ModelFolder.tokenizer(folder));
      String data = hash(corpus.tokenizer());
      if (!model.equals(data)) {
        throw new CommandFailure(
            "the data must be tokens of the model's tokenizer: job.model.from=%s, tokenizer=%s, job.data.tokenizer=%s; hint: %s"
                .formatted(folder, model, data, hint(model, folder)));
      }
    } catch (IOException e) {
      throw unusable(folder, e);
    }
  }

  private static String hint(String tokenizer, Path folder) {
    return tokenizer.equals(BYTES)
        ? "prepare the texts without --tokenizer, which makes bytes"
        : "prepare the texts with --tokenizer " + folder.resolve("tokenizer.json");
  }

  private static String hash(TokenizerFile tokenizer) throws IOException {
    Path file = tokenizer.file();
    if (file == null) {
      return BYTES;
    }
    MessageDigest digest = Digests.sha256();
    digest.update(Files.readAllBytes(file));
    return Digests.hex(digest);
  }
}
