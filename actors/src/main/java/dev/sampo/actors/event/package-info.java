/** The log of a node's events, by which people and chaos runs judge what happened. */
@NullMarked
package dev.sampo.actors.event;

import org.jspecify.annotations.NullMarked;
