/** Tests of the package of the same name. */
@NullMarked
package dev.sampo.model.token;

import org.jspecify.annotations.NullMarked;
