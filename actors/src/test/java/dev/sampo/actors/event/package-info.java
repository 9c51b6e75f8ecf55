@NullMarked
package dev.sampo.actors.event;

import org.jspecify.annotations.NullMarked;
