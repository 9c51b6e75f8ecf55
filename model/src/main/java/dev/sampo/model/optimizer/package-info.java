/**
 * Optimizer steps as pure functions over parts of flat vectors: version A and a gradient in,
 * version B out. Whoever keeps the vectors (a parameter shard) decides which part and when; every
 * replica that applies the same step to the same bits gets the same bits, on any processor. {@link
 * dev.sampo.model.optimizer.Muon} alone looks at whole tensors, and multiplies by sums of its own
 * in one fixed order ({@code docs/adr/0007-muon.md}).
 *
 * <p>No state, any thread; {@link dev.sampo.model.optimizer.NewtonSchulz} keeps work space.
 */
@NullMarked
package dev.sampo.model.optimizer;

import org.jspecify.annotations.NullMarked;
