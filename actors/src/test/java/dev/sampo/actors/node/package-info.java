@NullMarked
package dev.sampo.actors.node;

import org.jspecify.annotations.NullMarked;
