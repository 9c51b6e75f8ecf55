package dev.sampo.architecture;

import java.util.List;
import java.util.Set;

/**
 * A library and the few modules that may know it, so that it can be replaced there.
 *
 * @param name what people call it
 * @param packages its packages, as ArchUnit writes them
 * @param modules words of the modules that may use it
 * @param reason why so few
 */
record Library(String name, Set<String> packages, Set<String> modules, String reason) {
  static final List<Library> ALL =
      List.of(
          new Library(
              "Pekko",
              Set.of("org.apache.pekko.."),
              Set.of("actors", "launcher", "chaos"),
              "actors are a shell: what decides must run in a simulator without them"),
          new Library(
              "Aeron",
              Set.of("io.aeron.."),
              Set.of("gradient", "bench"),
              "tensors have one way between nodes, and one bench that measures Aeron alone"),
          new Library(
              "Agrona",
              Set.of("org.agrona.."),
              Set.of("gradient", "bench"),
              "its buffers are Aeron's; ours are memory segments with one owner"),
          new Library(
              "Chronicle",
              Set.of("net.openhft.."),
              Set.of("parameter"),
              "its traps are many, and known in one place"),
          new Library(
              "native bindings",
              Set.of("org.bytedeco..", "jcuda..", "org.jocl.."),
              Set.of("device"),
              "everything else computes through Device, on any hardware"),
          new Library(
              "DJL",
              Set.of("ai.djl.."),
              Set.of("model"),
              "one of its habits, files in the home folder, is broken in one place"),
          new Library(
              "Hardwood",
              Set.of("dev.hardwood.."),
              Set.of("model"),
              "Parquet is one input among others"),
          new Library(
              "Typesafe Config",
              Set.of("com.typesafe.config.."),
              Set.of("config", "actors", "launcher", "chaos"),
              "settings are records once they are read; Pekko alone wants them raw"),
          new Library(
              "Logback",
              Set.of("ch.qos.logback.."),
              Set.of("launcher"),
              "the rest logs through System.Logger, or as Pekko does, and the program says where to"),
          new Library(
              "picocli",
              Set.of("picocli.."),
              Set.of("launcher", "chaos", "bench"),
              "only the front door has a command line"));
}
