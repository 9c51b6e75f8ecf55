/**
 * What a model is to the rest of Sampo: named tensors in one flat f32 vector.
 *
 * <p>{@link dev.sampo.model.ParameterLayout} gives every tensor its contiguous range of that vector
 * and says which ranges weight decay touches. Parameter shards, snapshots and optimizers see the
 * flat vector only. {@link dev.sampo.model.Initialiser} fills any range of it, the same bits
 * whoever fills which part.
 *
 * <p>Below: {@code gpt} the GPT-2 family, {@code optimizer} optimizer steps as pure functions over
 * ranges, {@code text} corpora, token files and the n-gram baselines.
 *
 * <p>All types here are immutable. Nothing in this module knows of nodes, shards or the network.
 */
@NullMarked
package dev.sampo.model;

import org.jspecify.annotations.NullMarked;
