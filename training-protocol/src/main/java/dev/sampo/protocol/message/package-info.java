/**
 * What nodes say to each other on the control plane. Never a tensor.
 *
 * <p>Every request is repeated until it is answered or the fence changes, and every receiver
 * answers from its state, so that a repeated request gets the same answer.
 */
@NullMarked
package dev.sampo.protocol.message;

import org.jspecify.annotations.NullMarked;
