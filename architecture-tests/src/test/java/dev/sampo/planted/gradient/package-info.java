/** Breaks rules on purpose. */
@NullMarked
package dev.sampo.planted.gradient;

import org.jspecify.annotations.NullMarked;
