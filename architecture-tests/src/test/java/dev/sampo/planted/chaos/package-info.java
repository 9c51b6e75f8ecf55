/** Breaks rules on purpose. */
@NullMarked
package dev.sampo.planted.chaos;

import org.jspecify.annotations.NullMarked;
