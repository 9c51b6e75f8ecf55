/** Breaks rules on purpose. */
@NullMarked
package dev.sampo.planted.launcher;

import org.jspecify.annotations.NullMarked;
