/** Breaks rules on purpose. */
@NullMarked
package dev.sampo.planted.simulation;

import org.jspecify.annotations.NullMarked;
