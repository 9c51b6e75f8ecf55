@NullMarked
package dev.sampo.actors.post;

import org.jspecify.annotations.NullMarked;
