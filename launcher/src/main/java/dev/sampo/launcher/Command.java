package dev.sampo.launcher;

import java.util.concurrent.Callable;

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
}
