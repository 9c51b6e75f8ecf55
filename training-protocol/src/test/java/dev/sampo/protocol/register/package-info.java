/** Tests beside the classes they test. */
@NullMarked
package dev.sampo.protocol.register;

import org.jspecify.annotations.NullMarked;
