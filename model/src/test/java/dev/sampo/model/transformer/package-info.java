/** Tests of the walk over layers, with every family. */
@NullMarked
package dev.sampo.model.transformer;

import org.jspecify.annotations.NullMarked;
