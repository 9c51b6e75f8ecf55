/**
 * Faults on real processes, and the verdict: {@code sampo chaos}.
 *
 * <p>{@link dev.sampo.chaos.Scenario} says what happens when, {@link dev.sampo.chaos.ChaosRun}
 * makes it happen beside an undisturbed run of the same job and judges it, {@link
 * dev.sampo.chaos.ChaosReport} is what is written down, {@link dev.sampo.chaos.ChaosCommand} is the
 * command.
 *
 * <p>Threading: one thread, the command's.
 *
 * <p>Must not know: how a cluster recovers. What is true of a run is asked of its nodes' event
 * logs.
 */
@NullMarked
package dev.sampo.chaos;

import org.jspecify.annotations.NullMarked;
