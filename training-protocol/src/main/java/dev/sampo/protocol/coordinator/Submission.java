package dev.sampo.protocol.coordinator;

/** What became of a job that was handed in. Handing it in twice does it once. */
public sealed interface Submission {
  record Taken() implements Submission {}

  /** The coordinator does not know yet what the register holds: ask again. */
  record Later() implements Submission {}

  record Refused(String reason) implements Submission {}
}
