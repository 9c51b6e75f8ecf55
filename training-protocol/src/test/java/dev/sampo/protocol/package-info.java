/** Tests of the words of the protocol, and the examples that all its tests speak about. */
@NullMarked
package dev.sampo.protocol;

import org.jspecify.annotations.NullMarked;
