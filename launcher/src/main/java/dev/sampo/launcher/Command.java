package dev.sampo.launcher;

import java.util.concurrent.Callable;
import picocli.CommandLine;

/**
 * One word after {@code sampo}. Implementations carry picocli's annotation of the same name, have a
 * public constructor without parameters, and are named in {@code META-INF/services}. All commands
 * are made at every start, so a constructor does nothing: what is heavy waits for {@code call}.
 *
 * <p>{@code call} returns the exit code: 0 done, 1 failed. What a person can mend is thrown, as
 * {@link dev.sampo.config.ConfigFaults} or {@link CommandFailure}.
 */
public interface Command extends Callable<Integer> {

  /** A line of the examples in {@code sampo --help}, from the word {@code sampo} on. */
  String example();

  /** Adds to its own command line what cannot be said by annotation, such as found subcommands. */
  default void addTo(CommandLine line) {}
}
