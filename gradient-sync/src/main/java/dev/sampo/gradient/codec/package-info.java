/**
 * How numbers of a transfer are written on the wire. A sink always sees f32; only the bytes between
 * two nodes differ.
 *
 * <p>{@link dev.sampo.gradient.codec.Codec} is sealed: a new one (int8 in blocks, top-k) gets a
 * wire code of its own and joins its {@code permits}. Codecs hold no state and may be used by any
 * thread. They know nothing of frames, and nothing of the rule by which a lossy one may be used for
 * gradients: that is {@code dev.sampo.protocol.tree.Grain}.
 */
@NullMarked
package dev.sampo.gradient.codec;

import org.jspecify.annotations.NullMarked;
