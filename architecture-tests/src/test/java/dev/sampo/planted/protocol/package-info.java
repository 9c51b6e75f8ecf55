/** Breaks rules on purpose. */
@NullMarked
package dev.sampo.planted.protocol;

import org.jspecify.annotations.NullMarked;
