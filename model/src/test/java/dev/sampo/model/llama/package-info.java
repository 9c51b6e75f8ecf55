/** Tests of the package of the same name. */
@NullMarked
package dev.sampo.model.llama;

import org.jspecify.annotations.NullMarked;
