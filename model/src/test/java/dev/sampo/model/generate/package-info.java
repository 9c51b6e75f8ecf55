/** Tests of the package of the same name. */
@NullMarked
package dev.sampo.model.generate;

import org.jspecify.annotations.NullMarked;
