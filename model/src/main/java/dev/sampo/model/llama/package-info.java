/**
 * The LLaMA family: rotary positions, RMS norm before each part, gated SiLU, heads that share keys
 * and values in groups, no biases, and an output head that is the token table or a table of its
 * own.
 *
 * <p>{@link dev.sampo.model.llama.LlamaShape} gives the sizes and the layout of the parameters;
 * {@code LlamaLayers} is what the walk over layers wants of the family, {@code LlamaBlock} the
 * forward and backward pass of a block, {@code LlamaDecoder} reads token by token. Matrices lie as
 * (out, in), as in the published weights, and those that read the same input lie side by side, so
 * that one product serves them all.
 *
 * <p><b>Threading.</b> Models and decoders belong to one thread at a time, as their device does.
 */
@NullMarked
package dev.sampo.model.llama;

import org.jspecify.annotations.NullMarked;
