/**
 * Writing with a model: {@link dev.sampo.model.generate.Generator} continues a sequence, {@link
 * dev.sampo.model.generate.Sampler} draws each token, {@link
 * dev.sampo.model.generate.CachedDecoder} is what the families share of their decoders.
 *
 * <p><b>Threading.</b> Generators and decoders belong to one thread at a time.
 */
@NullMarked
package dev.sampo.model.generate;

import org.jspecify.annotations.NullMarked;
