package dev.sampo.protocol;

/** The identity of a job: the first 16 hex digits of the SHA-256 of its canonical text. */
public record JobId(String value) {
  public JobId {
    if (!value.matches("[0-9a-f]{16}")) {
      throw new IllegalArgumentException(
          "a job id is 16 lower-case hex digits: value='" + value + "'");
    }
  }

  /** The same identity as the data plane writes it into every frame. */
  public long bits() {
    return Long.parseUnsignedLong(value, 16);
  }

  @Override
  public String toString() {
    return value;
  }
}
