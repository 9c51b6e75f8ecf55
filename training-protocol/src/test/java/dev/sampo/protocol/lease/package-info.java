/** Tests beside the classes they test. */
@NullMarked
package dev.sampo.protocol.lease;

import org.jspecify.annotations.NullMarked;
