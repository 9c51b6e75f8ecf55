package dev.sampo.protocol.message;

/**
 * The loss of a version on one micro-batch of the held-out text.
 *
 * @param nats the sum over its tokens
 * @param tokens that were predicted; 0 where the text has ended before
 */
public record SlotLoss(int slot, double nats, long tokens) {}
