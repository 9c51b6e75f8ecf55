/** Tests beside the classes they test. */
@NullMarked
package dev.sampo.protocol.shard;

import org.jspecify.annotations.NullMarked;
