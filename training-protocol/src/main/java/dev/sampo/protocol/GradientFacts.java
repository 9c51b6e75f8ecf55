package dev.sampo.protocol;

/**
 * What is reported of a reduced gradient.
 *
 * @param hash of its bytes
 * @param sumSquares in double, in a fixed order, over the parameters' floats
 * @param finite whether every element is
 * @param lossSum the sum of the slots' losses, which travels as one more element of the last
 *     shard's gradient; 0 in the others
 */
public record GradientFacts(Digest hash, double sumSquares, boolean finite, double lossSum) {}
