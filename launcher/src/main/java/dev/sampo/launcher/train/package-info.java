/**
 * {@code sampo train}: one machine, as a cluster of one.
 *
 * <p>{@link dev.sampo.launcher.train.TrainCommand} is the shell. {@code Course} decides what there
 * is to tell of a run as {@code TrainEvent}s, which {@code TextLines} and {@code JsonLines} turn
 * into lines: all pure. {@code ProductProbe} measures what the machine could do at best.
 */
@NullMarked
package dev.sampo.launcher.train;

import org.jspecify.annotations.NullMarked;
