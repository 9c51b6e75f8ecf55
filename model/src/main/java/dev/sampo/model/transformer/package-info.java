/**
 * The walk over a transformer's layers, the same for every family.
 *
 * <p>{@link dev.sampo.model.transformer.Transformer} goes from tokens to the loss and back: it
 * holds the borders between blocks, keeps or computes anew what lies inside them, and tells of each
 * layer whose gradient is finished. {@link dev.sampo.model.transformer.Layers} is what a family
 * brings: its embedding, its norm and its {@link dev.sampo.model.transformer.Layers.Block}.
 *
 * <p><b>Threading.</b> A model belongs to one thread at a time, as its device does.
 */
@NullMarked
package dev.sampo.model.transformer;

import org.jspecify.annotations.NullMarked;
