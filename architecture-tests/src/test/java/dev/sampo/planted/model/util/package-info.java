/** Breaks rules on purpose. */
@NullMarked
package dev.sampo.planted.model.util;

import org.jspecify.annotations.NullMarked;
