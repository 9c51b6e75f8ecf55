package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Term;

/**
 * Somebody who has looked at a {@link Loss} says that the missing voters are gone for good. Each is
 * acted on once at most, or two majorities that need not meet could begin two runs of one number.
 *
 * @param told the term of whoever told of the loss: under another one others may have been heard
 * @param looked the generation that was known then
 * @param number the generation to go on with: the clock of whoever says it, so that it is above all
 *     that the missing can have begun, and above what others were told to go on with
 */
public record Acceptance(Term told, long looked, long number) {
  /** Of what was looked at. */
  public static Acceptance of(Loss loss, long number) {
    return new Acceptance(loss.told(), loss.known().generation(), number);
  }

  /** Whether it goes on from that, and above it. */
  boolean isOf(Configuration known) {
    return known.generation() == looked && looked < number;
  }

  Submission.Refused refused(String found) {
    return new Submission.Refused(
        "a loss is accepted as it was told, with a number above all that is known: told under term "
            + told
            + ", looked at="
            + looked
            + ", number="
            + number
            + "; "
            + found
            + "; hint: sampo recover once more, with this machine's clock set");
  }
}
