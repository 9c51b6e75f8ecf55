/**
 * A node: its actor system, its guardian, its log of events, and the client that talks to a cluster
 * from outside.
 */
@NullMarked
package dev.sampo.actors.node;

import org.jspecify.annotations.NullMarked;
