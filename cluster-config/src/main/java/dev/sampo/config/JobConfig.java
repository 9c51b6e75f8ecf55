package dev.sampo.config;

import java.util.List;
import java.util.Optional;

/**
 * A job as a person writes it. It becomes a {@link PinnedJob} once its data are at hand.
 *
 * @param recipe what fixes the bits
 * @param corpus where the text is
 * @param pinnedSha256 the hash that the prepared data must have, if the job file names one
 * @param snapshots what it leaves on the way; the same job with others is the same job
 */
public record JobConfig(
    Recipe recipe, Corpus corpus, Optional<String> pinnedSha256, SnapshotConfig snapshots) {

  /**
   * The job as it is submitted.
   *
   * @param dataSha256 hash of the prepared data, 64 lower-case hexadecimal digits
   * @param dataVocabulary one more than the largest token of the data
   * @throws ConfigFaults if the job file pins other data, or a vocabulary too small for them
   */
  public PinnedJob withData(String dataSha256, int dataVocabulary) {
    if (pinnedSha256.isPresent() && !pinnedSha256.get().equals(dataSha256)) {
      throw fault(
          "job.data.sha256",
          pinnedSha256.get(),
          "the prepared data must have the hash that the job names (found " + dataSha256 + ")",
          "bring back the data the job was written for, or set job.data.sha256 = auto");
    }
    int vocabulary = recipe.model().vocabulary().orElse(dataVocabulary);
    if (vocabulary < dataVocabulary) {
      throw fault(
          "job.model.vocabulary",
          Integer.toString(vocabulary),
          "the model must know all tokens of the data (" + dataVocabulary + ")",
          "leave it at auto, or set it to " + dataVocabulary + " or more");
    }
    return new PinnedJob(recipe.withVocabulary(vocabulary), dataSha256);
  }

  private ConfigFaults fault(String key, String value, String rule, String hint) {
    return new ConfigFaults(
        List.of(new ConfigFault(key, value, rule, hint, "job " + recipe.name())));
  }
}
