/** Breaks rules on purpose. */
@NullMarked
package dev.sampo.planted.model.ring;

import org.jspecify.annotations.NullMarked;
