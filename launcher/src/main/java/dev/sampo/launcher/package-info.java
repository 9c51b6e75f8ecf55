/**
 * The front door: {@code sampo} and its commands.
 *
 * <p>{@link dev.sampo.launcher.Sampo} is the program; a {@link dev.sampo.launcher.Command} is one
 * word after {@code sampo}, found through {@link java.util.ServiceLoader}, so that other modules
 * can add theirs. Exit codes are 0 for done, 1 for failed, 2 for wrongly called or configured; see
 * {@link dev.sampo.launcher.Failures} for what a person then reads.
 *
 * <p>Threading: a command runs on the main thread and returns when it is done.
 *
 * <p>Must not know: how anything is computed, reduced or stored. Commands put parts together and
 * show what they report.
 */
@NullMarked
package dev.sampo.launcher;

import org.jspecify.annotations.NullMarked;
