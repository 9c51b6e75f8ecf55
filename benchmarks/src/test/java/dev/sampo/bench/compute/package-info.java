/** Tests of the bench of one device. */
@NullMarked
package dev.sampo.bench.compute;

import org.jspecify.annotations.NullMarked;
