/** Tests beside the classes they test. */
@NullMarked
package dev.sampo.protocol.coordinator;

import org.jspecify.annotations.NullMarked;
