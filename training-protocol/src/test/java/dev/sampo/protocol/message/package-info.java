/** Tests beside the classes they test. */
@NullMarked
package dev.sampo.protocol.message;

import org.jspecify.annotations.NullMarked;
