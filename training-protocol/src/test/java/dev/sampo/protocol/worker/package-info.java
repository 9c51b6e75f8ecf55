/** Tests beside the classes they test. */
@NullMarked
package dev.sampo.protocol.worker;

import org.jspecify.annotations.NullMarked;
