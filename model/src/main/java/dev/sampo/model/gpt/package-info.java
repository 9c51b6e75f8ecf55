/**
 * The GPT-2 family: learned positions, layer norm before each block, GELU, output head tied to the
 * token table, biases.
 *
 * <p>{@link dev.sampo.model.gpt.GptShape} gives the sizes and the layout of the parameters; {@link
 * dev.sampo.model.gpt.Gpt} computes loss and gradient on a device, with the forward and backward
 * pass of each block written out; {@code GptDecoder} reads token by token.
 *
 * <p><b>Threading.</b> A {@code Gpt} belongs to one thread at a time, as its device does.
 */
@NullMarked
package dev.sampo.model.gpt;

import org.jspecify.annotations.NullMarked;
