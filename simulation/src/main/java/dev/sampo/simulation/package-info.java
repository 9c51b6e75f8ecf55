/**
 * The deterministic simulator of the protocol: the real core of every node, a toy shard memory and
 * a toy model of a few floats, one seeded queue of events, virtual time, and a world that loses,
 * repeats, delays, cuts, stops, crashes, fills and wipes. After every event {@code Laws} checks
 * section 5 of the protocol; every job must end within a bound once the faults are over.
 *
 * <p>{@link dev.sampo.simulation.Simulation} runs one history, {@link
 * dev.sampo.simulation.Campaign} many, and {@link dev.sampo.simulation.Finding} shortens one that
 * broke a law. A history is single-threaded and a function of its seed alone: it must not ask the
 * clock, nor iterate over anything whose order is not given. Only a campaign knows threads.
 */
@NullMarked
package dev.sampo.simulation;

import org.jspecify.annotations.NullMarked;
