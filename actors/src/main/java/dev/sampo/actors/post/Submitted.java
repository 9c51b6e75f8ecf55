package dev.sampo.actors.post;

/**
 * The answer to a submitted job, or to an order.
 *
 * @param outcome what became of it
 * @param reason a sentence, empty unless refused
 */
public record Submitted(Outcome outcome, String reason) implements Wire {
  /** To be handed in once more. */
  public static final Submitted LATER = new Submitted(Outcome.LATER, "");

  /** What became of it. */
  public enum Outcome {
    TAKEN,
    LATER,
    REFUSED
  }
}
