/** Breaks rules on purpose. */
@NullMarked
package dev.sampo.planted.model;

import org.jspecify.annotations.NullMarked;
