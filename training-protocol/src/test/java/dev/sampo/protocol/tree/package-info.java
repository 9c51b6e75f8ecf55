/** Tests beside the classes they test. */
@NullMarked
package dev.sampo.protocol.tree;

import org.jspecify.annotations.NullMarked;
