/**
 * {@code sampo bench compute}: one device trains the reference job, next to what its own matrix
 * products reach alone, and next to PyTorch where that is asked for. {@link
 * dev.sampo.bench.compute.ComputeBench} is the command; a run alternates rounds of ours and of the
 * peer's in one process tree, on the main thread. {@link dev.sampo.bench.compute.KernelsBench},
 * {@code sampo bench kernels}, runs the same kernels one by one under JMH.
 */
@NullMarked
package dev.sampo.bench.compute;

import org.jspecify.annotations.NullMarked;
