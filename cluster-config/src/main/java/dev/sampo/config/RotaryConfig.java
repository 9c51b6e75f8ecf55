package dev.sampo.config;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The rotary positions of family llama; of no meaning to GPT-2.
 *
 * @param base how slowly the slowest pairs turn
 * @param scaling how they were stretched to a longer context
 */
public record RotaryConfig(double base, Scaling scaling) {
  /** The kinds of stretching, as settings name them. */
  enum Kind {
    NONE,
    LINEAR,
    LLAMA3
  }

  /** How positions were stretched, if they were. */
  public sealed interface Scaling {
    /** Not at all. */
    record None() implements Scaling {}

    /**
     * All pairs turn slower.
     *
     * @param factor by which, at least 1
     */
    record Linear(double factor) implements Scaling {}

    /**
     * Slow pairs turn slower, as in LLaMA 3.1.
     *
     * @param factor by which, at least 1
     * @param lowTurns turns over the old context below which a pair is slow
     * @param highTurns turns above which it is fast
     * @param oldContext tokens
     */
    record Llama3(double factor, double lowTurns, double highTurns, int oldContext)
        implements Scaling {}
  }

  /** The keys of the model's section that say it. */
  Map<String, String> byKey() {
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put("rotary-base", Double.toString(base));
    switch (scaling) {
      case Scaling.None() -> keys.put("rotary-scaling", "none");
      case Scaling.Linear(double factor) -> {
        keys.put("rotary-scaling", "linear");
        keys.put("rotary-factor", Double.toString(factor));
      }
      case Scaling.Llama3 llama3 -> {
        keys.put("rotary-scaling", "llama3");
        keys.put("rotary-factor", Double.toString(llama3.factor()));
        keys.put("rotary-low-turns", Double.toString(llama3.lowTurns()));
        keys.put("rotary-high-turns", Double.toString(llama3.highTurns()));
        keys.put("rotary-old-context", Integer.toString(llama3.oldContext()));
      }
    }
    return keys;
  }
}
