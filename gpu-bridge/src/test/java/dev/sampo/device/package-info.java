/** Tests of the whole-vector kernels. */
@NullMarked
package dev.sampo.device;

import org.jspecify.annotations.NullMarked;
