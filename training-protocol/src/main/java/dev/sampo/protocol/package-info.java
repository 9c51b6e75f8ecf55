/** The words of the protocol. */
@NullMarked
package dev.sampo.protocol;

import org.jspecify.annotations.NullMarked;
