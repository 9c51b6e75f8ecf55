/** Tests of optimizer steps. */
@NullMarked
package dev.sampo.model.optimizer;

import org.jspecify.annotations.NullMarked;
