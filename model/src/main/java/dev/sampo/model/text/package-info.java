/**
 * Prepared text: a folder with two files of tokens, a manifest, and the tokenizer that made them;
 * and the baselines that a model must beat.
 *
 * <p>{@link dev.sampo.model.text.Corpus} opens such a folder and checks every byte against its
 * {@link dev.sampo.model.text.CorpusManifest}; {@link dev.sampo.model.text.TokenFile} hands out
 * windows by sample index (which sample comes when is not decided here). {@link
 * dev.sampo.model.text.NGram} is the baseline of texts in bytes.
 *
 * <p>A token file may be read by any number of threads until it is closed.
 */
@NullMarked
package dev.sampo.model.text;

import org.jspecify.annotations.NullMarked;
