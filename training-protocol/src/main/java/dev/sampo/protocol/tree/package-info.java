/**
 * The canonical tree on which gradients are summed, whoever computed what. Pure arithmetic over
 * slot numbers; it knows nothing of the gradients themselves.
 */
@NullMarked
package dev.sampo.protocol.tree;

import org.jspecify.annotations.NullMarked;
