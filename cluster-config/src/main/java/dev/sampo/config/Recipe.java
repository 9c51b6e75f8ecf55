package dev.sampo.config;

/**
 * Everything that, with the data, fixes a job's bits: two equal recipes on equal data give equal
 * parameters.
 *
 * @param name what people call the job
 * @param seed of the first parameters and of the order of the samples
 * @param steps optimizer steps
 * @param model the shape of the model
 * @param optimizer the rule of the update
 * @param schedule the learning rate over the steps
 * @param batch the fixed global batch
 * @param clipNorm the global norm that gradients are scaled down to
 * @param shards parameter shards: the norm is summed in their order
 * @param maxSkippedSteps skipped steps in a row after which the job stops
 * @param kernelClass which devices may work together
 */
public record Recipe(
    String name,
    long seed,
    int steps,
    ModelConfig model,
    OptimizerConfig optimizer,
    ScheduleConfig schedule,
    BatchConfig batch,
    double clipNorm,
    int shards,
    int maxSkippedSteps,
    KernelClass kernelClass) {

  /** The same with a model of that vocabulary. */
  Recipe withVocabulary(int tokens) {
    return withModel(model.withVocabulary(tokens));
  }

  /** The same with another model. */
  Recipe withModel(ModelConfig other) {
    return new Recipe(
        name,
        seed,
        steps,
        other,
        optimizer,
        schedule,
        batch,
        clipNorm,
        shards,
        maxSkippedSteps,
        kernelClass);
  }
}
