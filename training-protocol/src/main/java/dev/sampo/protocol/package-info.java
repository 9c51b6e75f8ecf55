/**
 * The words of the protocol: ids, fences, the job's terms and the configuration that its register
 * holds.
 *
 * <p>Everything in this module is a pure function {@code (state, input, now) -> (state, outputs)}:
 * single-threaded, without clock, thread, file, socket or random source, and with no library but
 * the JDK. The packages below hold one state machine each; what they need from the world they ask
 * of a port (an interface here, implemented by a shell or by the simulator).
 */
@NullMarked
package dev.sampo.protocol;

import org.jspecify.annotations.NullMarked;
