/** Breaks rules on purpose. */
@NullMarked
package dev.sampo.planted.stray;

import org.jspecify.annotations.NullMarked;
