/** Breaks rules on purpose. */
@NullMarked
package dev.sampo.planted.bench;

import org.jspecify.annotations.NullMarked;
