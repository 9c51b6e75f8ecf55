package dev.sampo.protocol;

/**
 * The loss of one version on the held-out text.
 *
 * @param version of the parameters; -1 for none
 * @param nats the sum over all tokens that were predicted, in slot order
 * @param tokens that were predicted
 */
public record HeldOutLoss(long version, double nats, long tokens) {
  public static final HeldOutLoss NONE = new HeldOutLoss(-1, 0, 0);

  /** Nats a token; not a number where nothing was predicted. */
  public double loss() {
    return nats / tokens;
  }

  @Override
  public String toString() {
    return "version=" + version + ", loss=" + loss() + ", tokens=" + tokens;
  }
}
