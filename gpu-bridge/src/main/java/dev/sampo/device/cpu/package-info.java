/**
 * The device made of processor cores.
 *
 * <p>{@link dev.sampo.device.cpu.CpuDevice} is the only public type. Matrix products go to oneDNN
 * through {@code java.lang.foreign} where it loads ({@code DnnlGemm}), elsewhere to OpenBLAS
 * ({@code OpenBlasGemm}, f32) or a Vector API loop ({@code VectorGemm}), products of one row always
 * to {@code RowPlan}, which memory bounds; all else is the Vector API and plain loops, one class a
 * kernel.
 *
 * <p><b>Same bits on any number of threads.</b> A kernel cuts its work into parts at bounds that
 * follow from the shape; {@code WorkerPool} hands parts to whichever thread is free. No part reads
 * what another part of the same kernel writes, and each reduction lies inside one part. A library
 * is called single-threaded for one fixed tile at a time, with one thread set while its kernels are
 * made too, so its own blocking cannot follow the number of our threads.
 *
 * <p><b>Same bits on any machine</b> for all but the libraries, whose kernels differ between
 * processor generations: element-wise kernels use the widest vectors there are, reductions always
 * sixteen running sums (four 128-bit vectors, which every machine has).
 */
@NullMarked
package dev.sampo.device.cpu;

import org.jspecify.annotations.NullMarked;
