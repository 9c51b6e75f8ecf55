package dev.sampo.config;

import java.util.List;

/** What a family of models does not have. */
final class FamilyLimits {
  /**
   * One limit.
   *
   * @param key of the model's section, at which a fault is reported
   * @param others keys of it that it depends on
   */
  record Limit(boolean holds, String key, List<String> others, Rule rule) {}

  private FamilyLimits() {}

  static List<Limit> of(ModelConfig model) {
    boolean gpt2 = model.family() == ModelConfig.Family.GPT2;
    return List.of(
        new Limit(
            !gpt2 || model.keyHeads() == model.heads(),
            "key-heads",
            List.of("heads"),
            new Rule("must be job.model.heads in family gpt2", "leave it at auto")),
        new Limit(
            !gpt2 || model.inner() == 4L * model.width(),
            "inner",
            List.of("width"),
            new Rule("must be four times job.model.width in family gpt2", "leave it at auto")),
        new Limit(
            !gpt2 || model.head() == ModelConfig.Head.TIED,
            "head",
            List.of(),
            new Rule("must be tied in family gpt2", "leave it out")),
        new Limit(
            !gpt2 || model.rotary().scaling() instanceof RotaryConfig.Scaling.None,
            "rotary-scaling",
            List.of(),
            new Rule("must be none in family gpt2, whose positions do not turn", "leave it out")));
  }
}
