/** Kills on real processes, as part of the build. */
@NullMarked
package dev.sampo.chaos;

import org.jspecify.annotations.NullMarked;
