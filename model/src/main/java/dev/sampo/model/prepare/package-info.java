/**
 * Makes a corpus folder of what people have: text files and source trees, archives, JSON lines,
 * Parquet, and token files of other programs.
 *
 * <p>{@link dev.sampo.model.prepare.Preparation} is the way in. Each kind of input is an {@code
 * Input} that hands its documents to a {@code DocumentSink}; the one sink, {@code CorpusWriter},
 * checks them, decides the side of the split, makes tokens and writes. Nothing is held in memory
 * but a piece of one document, so inputs may be of any size.
 *
 * <p><b>Threading.</b> One thread for each preparation.
 */
@NullMarked
package dev.sampo.model.prepare;

import org.jspecify.annotations.NullMarked;
