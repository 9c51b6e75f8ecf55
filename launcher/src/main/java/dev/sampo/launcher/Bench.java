package dev.sampo.launcher;

import java.util.concurrent.Callable;

/**
 * One word after {@code sampo bench}: a measurement that compares inside one run and prints both
 * sides. As a {@link Command} it carries picocli's annotation, has a public constructor without
 * parameters that does nothing, and is named in {@code META-INF/services}; {@code call} returns the
 * exit code, and what a person can mend is thrown as {@link CommandFailure}. It writes to the
 * stream of its own picocli {@code CommandSpec}, and offers {@code --json}.
 */
public interface Bench extends Callable<Integer> {

  /** A line of the examples in {@code sampo bench --help}, from the word {@code sampo} on. */
  String example();
}
