/**
 * The deterministic simulator of the protocol: the real core of every node, a toy shard memory and
 * a toy model, one seeded queue of events, virtual time, and a world that loses, repeats, delays,
 * cuts, crashes and wipes. After every event {@code Laws} checks section 5 of the protocol.
 *
 * <p>Everything is single-threaded, and a history is a function of its seed alone.
 */
@NullMarked
package dev.sampo.protocol.simulation;

import org.jspecify.annotations.NullMarked;
