/** Tests of the CPU device's kernels, and {@code KernelTimes}, which is started by hand. */
@NullMarked
package dev.sampo.device.cpu;

import org.jspecify.annotations.NullMarked;
