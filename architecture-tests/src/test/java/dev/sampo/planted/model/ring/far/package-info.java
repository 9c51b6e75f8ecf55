/** Breaks rules on purpose. */
@NullMarked
package dev.sampo.planted.model.ring.far;

import org.jspecify.annotations.NullMarked;
