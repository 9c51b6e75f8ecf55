/**
 * The GPT-2 family: learned positions, layer norm before each block, GELU, output head tied to the
 * token table, biases.
 *
 * <p>{@link dev.sampo.model.gpt.GptShape} gives the sizes and the layout of the parameters; {@code
 * GptLayers} is what the walk over layers wants of the family, {@code GptBlock} the forward and
 * backward pass of a block, written out; {@code GptDecoder} reads token by token.
 *
 * <p><b>Threading.</b> Models and decoders belong to one thread at a time, as their device does.
 */
@NullMarked
package dev.sampo.model.gpt;

import org.jspecify.annotations.NullMarked;
