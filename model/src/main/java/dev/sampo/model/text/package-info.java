/**
 * Text as tokens: preparing a corpus, reading it, and the baselines a model must beat.
 *
 * <p>{@link dev.sampo.model.text.CorpusBuilder} turns archives and folders of text into a folder
 * with two token files and a manifest; {@link dev.sampo.model.text.Corpus} opens it and checks
 * every byte against the manifest; {@link dev.sampo.model.text.TokenFile} hands out windows by
 * sample index (which sample comes when is not decided here). {@link dev.sampo.model.text.NGram} is
 * the baseline.
 *
 * <p>The vocabulary is the 256 bytes; zero, which no text contains, separates documents.
 *
 * <p>A token file may be read by any number of threads until it is closed.
 */
@NullMarked
package dev.sampo.model.text;

import org.jspecify.annotations.NullMarked;
