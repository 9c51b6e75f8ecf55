/** Breaks rules on purpose. */
@NullMarked
package dev.sampo.planted.device;

import org.jspecify.annotations.NullMarked;
