package dev.sampo.config;

import java.util.List;
import java.util.Optional;

/**
 * A job as a person writes it. It becomes a {@link PinnedJob} once its data, and its first
 * parameters where it names some, are at hand.
 *
 * @param recipe what fixes the bits
 * @param corpus where the text is
 * @param pinnedSha256 the hash that the prepared data must have, if the job file names one
 * @param first where the first parameters come from
 * @param snapshots what it leaves on the way; the same job with others is the same job
 * @param evaluation when it is evaluated; the same job with another rule is the same job, too
 * @param auditFraction of all slots, computed twice to find a device that is silently wrong; the
 *     same job with another is the same job
 */
public record JobConfig(
    Recipe recipe,
    Corpus corpus,
    Optional<String> pinnedSha256,
    FirstParameters first,
    SnapshotConfig snapshots,
    EvaluationConfig evaluation,
    double auditFraction) {

  /**
   * The same job of the model that lies in its folder.
   *
   * @param found that model, with this job's dropout and precision
   * @param sha256 of its parameters, 64 lower-case hexadecimal digits
   * @throws ConfigFaults if the job file pins other parameters or describes another model, or the
   *     model's family does not have what the job asks for
   */
  public JobConfig withModel(ModelConfig found, String sha256) {
    if (first.sha256().isPresent() && !first.sha256().get().equals(sha256)) {
      throw fault(
          "job.model.sha256",
          first.sha256().get(),
          new Rule(
              "the first parameters must have the hash that the job names (found " + sha256 + ")",
              "name the folder the job was written for, or set job.model.sha256 = auto"));
    }
    ModelConfig model = fitted(found);
    for (FamilyLimits.Limit limit : FamilyLimits.of(model)) {
      if (!limit.holds()) {
        throw fault("job.model." + limit.key(), "(see the model's folder)", limit.rule());
      }
    }
    FirstParameters pinned =
        new FirstParameters(first.folder(), Optional.of(sha256), first.described());
    return new JobConfig(
        recipe.withModel(model),
        corpus,
        pinnedSha256,
        pinned,
        snapshots,
        evaluation,
        auditFraction);
  }

  /** The folder's model, of which a person may have said what it is, and that it sees less. */
  private ModelConfig fitted(ModelConfig found) {
    ModelConfig mine = recipe.model();
    boolean canBeShorter = found.family() == ModelConfig.Family.LLAMA;
    boolean shorter = first.described().contains("context") && mine.context() < found.context();
    ModelConfig model = canBeShorter && shorter ? found.withContext(mine.context()) : found;
    for (String key : first.described().stream().sorted().toList()) {
      String wanted = model.shapeByKey().get(key);
      String written = mine.shapeByKey().get(key);
      if (written != null && !written.equals(wanted)) {
        throw fault(
            "job.model." + key,
            written,
            new Rule(
                "must be that of the model in job.model.from (" + wanted + ")",
                "leave it out: the model's shape comes from its folder"));
      }
    }
    return model;
  }

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
          new Rule(
              "the prepared data must have the hash that the job names (found " + dataSha256 + ")",
              "bring back the data the job was written for, or set job.data.sha256 = auto"));
    }
    int vocabulary = recipe.model().vocabulary().orElse(dataVocabulary);
    if (vocabulary < dataVocabulary) {
      throw fault(
          "job.model.vocabulary",
          Integer.toString(vocabulary),
          new Rule(
              "the model must know all tokens of the data (" + dataVocabulary + ")",
              "leave it at auto, or set it to " + dataVocabulary + " or more"));
    }
    return new PinnedJob(recipe.withVocabulary(vocabulary), dataSha256, first.sha256());
  }

  private ConfigFaults fault(String key, String value, Rule rule) {
    return new ConfigFaults(
        List.of(new ConfigFault(key, value, rule.text(), rule.hint(), "job " + recipe.name())));
  }
}
