/** Tests of the package of the same name. */
@NullMarked
package dev.sampo.model.prepare;

import org.jspecify.annotations.NullMarked;
