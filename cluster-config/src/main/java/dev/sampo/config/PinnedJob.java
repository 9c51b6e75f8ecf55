package dev.sampo.config;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A job as the cluster agrees on it: the recipe and the hashes of what it begins with, and no path
 * of any machine. Equal specs are equal jobs; {@link #sha256()} of the canonical text is the
 * identity.
 *
 * @param recipe what fixes the bits
 * @param dataSha256 hash of the prepared data, 64 lower-case hexadecimal digits
 * @param firstSha256 hash of the first parameters; empty where the seed makes them
 */
public record PinnedJob(Recipe recipe, String dataSha256, Optional<String> firstSha256) {
  /** Raised when the meaning of a key changes: another version is another job. */
  private static final String FIRST_LINE = "# sampo job, version 3";

  static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  /** Checks the form of the hashes, and that the vocabulary is known. */
  public PinnedJob {
    if (!SHA256.matcher(dataSha256).matches()) {
      throw new IllegalArgumentException(
          "a data hash has 64 lower-case hexadecimal digits: dataSha256=%s; hint: prepare the data"
              .formatted(dataSha256));
    }
    if (firstSha256.isPresent() && !SHA256.matcher(firstSha256.get()).matches()) {
      throw new IllegalArgumentException(
          "a hash of parameters has 64 lower-case hexadecimal digits: firstSha256="
              + firstSha256.get());
    }
    if (recipe.model().vocabulary().isEmpty()) {
      throw new IllegalArgumentException(
          "a pinned job has a vocabulary: job=" + recipe.name() + "; hint: pin it with its data");
    }
  }

  /**
   * The one text of this job: every key in a fixed order, a line each, ended by a newline. Valid
   * HOCON, so that people can read and keep it.
   */
  public String canonicalText() {
    ModelConfig model = recipe.model();
    OptimizerConfig optimizer = recipe.optimizer();
    ScheduleConfig schedule = recipe.schedule();
    BatchConfig batch = recipe.batch();
    List<String> lines = new ArrayList<>();
    lines.addAll(
        List.of(
            FIRST_LINE,
            "job.name=" + recipe.name(),
            "job.seed=" + recipe.seed(),
            "job.steps=" + recipe.steps()));
    Map<String, String> shape = model.shapeByKey();
    // Not said of what it does not concern, so that such a job is the same as it always was.
    shape.remove("rotary-scaling", "none");
    shape.forEach((key, value) -> lines.add("job.model." + key + "=" + value));
    lines.addAll(
        List.of(
            "job.model.dropout=" + model.dropout(),
            "job.model.precision=" + word(model.precision()),
            "job.model.sha256=" + firstSha256.orElse("auto"),
            "job.data.sha256=" + dataSha256,
            "job.optimizer.kind=" + word(optimizer.kind()),
            "job.optimizer.beta1=" + optimizer.beta1(),
            "job.optimizer.beta2=" + optimizer.beta2(),
            "job.optimizer.epsilon=" + optimizer.epsilon(),
            "job.optimizer.momentum=" + optimizer.momentum(),
            "job.optimizer.weight-decay=" + optimizer.weightDecay(),
            "job.schedule.shape=" + word(schedule.shape()),
            "job.schedule.peak-rate=" + schedule.peakRate(),
            "job.schedule.floor-rate=" + schedule.floorRate(),
            "job.schedule.warmup-steps=" + schedule.warmupSteps(),
            "job.schedule.decay-steps=" + schedule.decaySteps(),
            "job.schedule.decay-curve=" + word(schedule.decayCurve()),
            "job.batch.slots=" + batch.slots(),
            "job.batch.accumulation=" + batch.accumulation(),
            "job.batch.sequences=" + batch.sequences(),
            "job.batch.grain=" + batch.grain(),
            "job.clip-norm=" + recipe.clipNorm(),
            "job.shards=" + recipe.shards(),
            "job.max-skipped-steps=" + recipe.maxSkippedSteps(),
            "job.kernel-class=" + word(recipe.kernelClass())));
    return String.join("\n", lines) + "\n";
  }

  /**
   * Reads a canonical text back, and nothing but a canonical text: a key too many, too few or in
   * another place was written by another version, which would train something else.
   *
   * @throws ConfigFaults if the text is no canonical text of this version
   */
  public static PinnedJob parse(String canonicalText) {
    JobConfig job = SampoConfig.parseJob("job", canonicalText);
    // What a text leaves out is filled in here, and then shows as a difference.
    PinnedJob spec =
        new PinnedJob(
            job.recipe().withVocabulary(job.recipe().model().vocabulary().orElse(1)),
            job.pinnedSha256().orElse("0".repeat(64)),
            job.first().sha256());
    if (!spec.canonicalText().equals(canonicalText)) {
      throw new ConfigFaults(
          List.of(
              new ConfigFault(
                  "job",
                  canonicalText,
                  "a submitted job must be in its canonical form",
                  "run the same version of sampo on every node",
                  "job " + job.recipe().name())));
    }
    return spec;
  }

  /** The identity of the job: SHA-256 of the canonical text in UTF-8, lower-case hexadecimal. */
  public String sha256() {
    try {
      byte[] text = canonicalText().getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
    } catch (NoSuchAlgorithmException absent) {
      throw new IllegalStateException("every JDK has SHA-256: hint: check the JDK", absent);
    }
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
