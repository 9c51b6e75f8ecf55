/**
 * What a model is to the rest of Sampo: named tensors in one flat f32 vector.
 *
 * <p>{@link dev.sampo.model.ParameterLayout} gives every tensor its contiguous range of that vector
 * and says which ranges weight decay touches. Parameter shards, snapshots and optimizers see the
 * flat vector only. {@link dev.sampo.model.Initialiser} fills any range of it, the same bits
 * whoever fills which part.
 *
 * <p>{@link dev.sampo.model.ModelShape} and {@link dev.sampo.model.LanguageModel} are what all
 * families are to those above; {@link dev.sampo.model.Decoder} is a model that reads token by
 * token.
 *
 * <p>Below: {@code transformer} the walk over layers, {@code gpt} and {@code llama} the families,
 * {@code generate} writing with a model, {@code evaluate} its worth on a text, {@code folder}
 * models as folders and {@code file} the formats in them, {@code optimizer} optimizer steps as pure
 * functions over ranges, {@code token} tokenizers, {@code prepare} making corpora and {@code text}
 * reading them.
 *
 * <p>Records here are immutable. Nothing in this module knows of nodes, shards or the network.
 */
@NullMarked
package dev.sampo.model;

import org.jspecify.annotations.NullMarked;
