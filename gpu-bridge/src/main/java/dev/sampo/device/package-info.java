/**
 * What a neural network needs of the machine it runs on: f32 tensors in native memory and the
 * kernels over them, forward and backward.
 *
 * <p>{@link dev.sampo.device.Device} is the seam. Models are written once against it; {@code
 * dev.sampo.device.cpu} is the implementation on processor cores. {@link
 * dev.sampo.device.FloatVectors} holds the few whole-vector kernels that whoever keeps parameters
 * needs (sums of gradients, norms), which belong to no device.
 *
 * <p><b>Same bits.</b> A kernel's result depends on its operands and shapes only: not on the number
 * of threads, not on which thread took which part, not on whether the code ran interpreted or
 * compiled. So kernels use only operations that IEEE 754 rounds exactly (+ - * / sqrt fma, compare,
 * convert), reduce in an order written in the algorithm, and split work at bounds that follow from
 * the shape. {@code Math.exp}, {@code Math.tanh} and the like are banned: their intrinsics differ
 * between interpreter and compiler.
 *
 * <p><b>Tensors</b> are {@link java.lang.foreign.MemorySegment}s of native-endian f32, row-major,
 * starting at element 0. Pass segments that are all plain native memory: one file mapping among
 * them makes the compiled kernels several times slower for everybody in the process ({@code
 * MemorySegment.ofAddress(a).reinterpret(n, arena, null)} makes a mapping plain).
 *
 * <p><b>Threading.</b> One thread at a time uses a device. {@code FloatVectors} has no state.
 *
 * <p>This module knows nothing of models, shards or clusters.
 */
@NullMarked
package dev.sampo.device;

import org.jspecify.annotations.NullMarked;
