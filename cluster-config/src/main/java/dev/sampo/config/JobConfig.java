package dev.sampo.config;

import java.util.List;
import java.util.Optional;

/**
 * A job as a person writes it. It becomes a {@link PinnedJob} once its data are at hand.
 *
 * @param recipe what fixes the bits
 * @param corpus where the text is
 * @param pinnedSha256 the hash that the prepared data must have, if the job file names one
 */
public record JobConfig(Recipe recipe, Corpus corpus, Optional<String> pinnedSha256) {

  /**
   * The job as it is submitted.
   *
   * @param dataSha256 hash of the prepared data, 64 lower-case hexadecimal digits
   * @throws ConfigFaults if the job file pins other data
   */
  public PinnedJob withData(String dataSha256) {
    if (pinnedSha256.isPresent() && !pinnedSha256.get().equals(dataSha256)) {
      throw new ConfigFaults(
          List.of(
              new ConfigFault(
                  "job.data.sha256",
                  pinnedSha256.get(),
                  "the prepared data must have the hash that the job names (found "
                      + dataSha256
                      + ")",
                  "bring back the data the job was written for, or set job.data.sha256 = auto",
                  "job " + recipe.name())));
    }
    return new PinnedJob(recipe, dataSha256);
  }
}
