/**
 * Optimizer steps as pure functions over parts of flat vectors: version A and a gradient in,
 * version B out. Whoever keeps the vectors (a parameter shard) decides which part and when; every
 * replica that applies the same step to the same bits gets the same bits, on any processor.
 *
 * <p>No state, any thread.
 */
@NullMarked
package dev.sampo.model.optimizer;

import org.jspecify.annotations.NullMarked;
