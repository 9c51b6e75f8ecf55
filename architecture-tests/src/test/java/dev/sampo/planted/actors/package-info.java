/** Breaks rules on purpose. */
@NullMarked
package dev.sampo.planted.actors;

import org.jspecify.annotations.NullMarked;
