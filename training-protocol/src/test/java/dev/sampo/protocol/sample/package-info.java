/** Tests beside the classes they test. */
@NullMarked
package dev.sampo.protocol.sample;

import org.jspecify.annotations.NullMarked;
