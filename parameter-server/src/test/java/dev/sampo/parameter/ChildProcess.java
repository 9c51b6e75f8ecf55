package dev.sampo.parameter;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A JVM of its own, with this one's flags and class path, made to be killed. */
final class ChildProcess implements AutoCloseable {
  private static final int DEADLINE_SECONDS = 60;
  static final int KILLED = 128 + 9;

  private final Process process;
  private final BufferedReader lines;
  private final Path errors;

  private ChildProcess(Process process, Path errors) {
    this.process = process;
    this.lines = process.inputReader();
    this.errors = errors;
  }

  static ChildProcess start(Path errors, Class<?> main, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + System.getProperty("sampo.jvm.flags"));
    command.addAll(List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", classPath(), main.getName()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    return new ChildProcess(process, errors);
  }

  long pid() {
    return process.pid();
  }

  /** The next line that it prints. */
  String line() throws InterruptedException {
    try {
      @Nullable String line =
          CompletableFuture.supplyAsync(this::readLine).get(DEADLINE_SECONDS, TimeUnit.SECONDS);
      if (line == null) {
        throw new AssertionError("the child ended: errors=" + errors());
      }
      return line;
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError("the child prints within a deadline: errors=" + errors(), e);
    }
  }

  /** kill -9, and what it still had printed. */
  List<String> kill() throws InterruptedException {
    // By its handle: the process's own method would close the pipe with what is still in it.
    process.toHandle().destroyForcibly();
    if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != KILLED) {
      throw new AssertionError("the child dies by the kill: errors=" + errors());
    }
    return lines.lines().toList();
  }

  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
  }

  private @Nullable String readLine() {
    try {
      return lines.readLine();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String errors() {
    try {
      return Files.readString(errors);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Surefire may run its tests from a jar whose manifest names the path: it tells the real one. */
  private static String classPath() {
    String surefire = System.getProperty("surefire.test.class.path", "");
    return surefire.isEmpty() ? System.getProperty("java.class.path") : surefire;
  }
}
