package dev.sampo.protocol.coordinator;

/** What became of a job or an order that was handed in. Handing it in twice does it once. */
public sealed interface Submission {
  /** The register holds it: it will be done, or has been. */
  record Taken() implements Submission {}

  /** The register does not hold it yet: hand it in again. */
  record Later() implements Submission {}

  record Refused(String reason) implements Submission {}
}
