/** Breaks rules on purpose. */
@NullMarked
package dev.sampo.planted.parameter;

import org.jspecify.annotations.NullMarked;
