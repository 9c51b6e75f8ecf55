/** Tests beside the classes they test. */
@NullMarked
package dev.sampo.protocol.membership;

import org.jspecify.annotations.NullMarked;
