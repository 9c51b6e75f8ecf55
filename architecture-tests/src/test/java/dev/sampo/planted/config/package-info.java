/** Breaks rules on purpose. */
@NullMarked
package dev.sampo.planted.config;

import org.jspecify.annotations.NullMarked;
