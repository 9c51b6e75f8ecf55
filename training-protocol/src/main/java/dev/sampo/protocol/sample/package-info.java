/** Which samples a slot uses: a keyed permutation, so that no state has to be kept or recovered. */
@NullMarked
package dev.sampo.protocol.sample;

import org.jspecify.annotations.NullMarked;
