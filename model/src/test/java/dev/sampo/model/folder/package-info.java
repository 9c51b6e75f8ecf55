/** Tests of the package of the same name. */
@NullMarked
package dev.sampo.model.folder;

import org.jspecify.annotations.NullMarked;
