package dev.sampo.gradient;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Starts {@link PlaneChild} with the java, the flags and the class path of this process. */
final class ChildProcess implements AutoCloseable {
  private final Process process;
  private final int port;

  private ChildProcess(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /**
   * @param self name and incarnation of the child; its port, or 0 for a free one
   * @param options further options of the JVM
   */
  static ChildProcess start(
      PlaneChild.Role role,
      PlaneSettings self,
      Peer parent,
      @Nullable Path folder,
      List<String> options)
      throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + System.getProperty("sampo.jvm.flags"));
    command.addAll(List.of("-Xmx96m", "-XX:+UseSerialGC"));
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(PlaneChild.class.getName());
    command.addAll(
        List.of(
            role.name(),
            self.name(),
            Long.toString(self.incarnation()),
            Integer.toString(self.port()),
            Long.toString(parent.incarnation()),
            Integer.toString(parent.port()),
            folder == null ? "-" : folder.toString()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try {
      return new ChildProcess(process, awaitPort(process));
    } catch (Exception e) {
      process.destroyForcibly();
      throw e;
    }
  }

  private static int awaitPort(Process process) throws Exception {
    BufferedReader output = process.inputReader();
    String line = CompletableFuture.supplyAsync(() -> readPort(output)).get(30, TimeUnit.SECONDS);
    return Integer.parseInt(line.substring("port=".length()));
  }

  private static String readPort(BufferedReader output) {
    try {
      String line = output.readLine();
      while (line != null && !line.startsWith("port=")) {
        line = output.readLine();
      }
      if (line == null) {
        throw new IllegalStateException("the child tells its port before it ends");
      }
      return line;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  int port() {
    return port;
  }

  Process process() {
    return process;
  }

  /** As kill -9 does. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  /** As kill -STOP does; a stopped child neither runs nor ends. */
  void stop() throws IOException, InterruptedException {
    signal("-STOP");
  }

  void resume() throws IOException, InterruptedException {
    signal("-CONT");
  }

  private void signal(String signal) throws IOException, InterruptedException {
    int code = new ProcessBuilder("kill", signal, Long.toString(process.pid())).start().waitFor();
    if (code != 0) {
      throw new IllegalStateException("the child takes signals: pid=" + process.pid());
    }
  }

  /** Lets the child close its plane and end by itself. */
  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    try {
      process.onExit().orTimeout(15, TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      process.destroyForcibly();
      throw new IllegalStateException("the child ends with its input: pid=" + process.pid(), e);
    }
  }
}
