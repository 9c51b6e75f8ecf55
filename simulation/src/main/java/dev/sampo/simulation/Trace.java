package dev.sampo.simulation;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.coordinator.Note;
import dev.sampo.protocol.message.Message.Accept;
import dev.sampo.protocol.message.Message.Applied;
import dev.sampo.protocol.message.Message.Committed;
import dev.sampo.protocol.message.Message.Configured;
import dev.sampo.protocol.message.Message.Grant;
import dev.sampo.protocol.message.Message.Promised;
import dev.sampo.protocol.message.Message.Report;
import dev.sampo.protocol.message.Message.Reported;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Tells what happens, line by line, to whoever listens; costs nothing if nobody does. */
final class Trace {
  private static final int WIDTH = 240;

  private final @Nullable Consumer<String> listener;

  Trace(@Nullable Consumer<String> listener) {
    this.listener = listener;
  }

  void add(long atMs, Object who, String verb, Object what) {
    if (listener != null) {
      listener.accept("%7d ms  %-6s %-10s %s".formatted(atMs, who, verb, brief(what)));
    }
  }

  void sent(long atMs, Object from, Object to, Object what) {
    if (listener != null) {
      listener.accept("%7d ms  %-6s hears %-5s%s".formatted(atMs, to, from, brief(what)));
    }
  }

  /** What a person needs of it: the job's terms and long lists are left out. */
  private static String brief(Object what) {
    String text =
        switch (what) {
          case Accept m -> "Accept[" + m.term() + ", " + brief(m.configuration()) + "]";
          case Promised m ->
              "Promised["
                  + m.term()
                  + ", "
                  + (m.accepted() == null
                      ? "nothing"
                      : m.accepted().term() + ", " + brief(m.accepted().configuration()))
                  + "]";
          case Report m -> "Report[" + m.fence() + "]";
          case Reported m ->
              "Reported[%s, shard=%d, newest=%d, gradientStep=%d, coverage=%s]"
                  .formatted(
                      m.fence(),
                      m.shard(),
                      m.report().newest(),
                      m.report().gradientStep(),
                      m.report().coverage());
          case Configured m -> "Configured[" + m.fence() + "]";
          case Committed m -> "Committed[" + m.fence() + ", version=" + m.version() + "]";
          case Grant m ->
              "Grant[%s, step=%d, base=%s, nodes=%s]"
                  .formatted(m.fence(), m.step(), m.baseHash(), m.nodes());
          case Note.Chosen n -> "chosen: " + n.why() + ": " + brief(n.configuration());
          case Note.VersionCommitted n ->
              "committed: version=%d, base=%s, fence=%s"
                  .formatted(n.version(), n.baseHash(), n.fence());
          case Note.Resumed n ->
              "resumed at version %d: %s, fence=%s".formatted(n.version(), n.finding(), n.fence());
          case Note.Waiting n -> "waits: " + n.reason();
          case Note.StoodDown n -> "stands down: " + n.reason();
          case Note.Elected n -> "elected: term=" + n.term();
          case Applied m ->
              "Applied[%s, shard=%d, version=%d, parameters=%s]"
                  .formatted(m.fence(), m.shard(), m.record().version(), m.record().parameters());
          default -> String.valueOf(what);
        };
    return text.length() > WIDTH ? text.substring(0, WIDTH) + "..." : text;
  }

  private static String brief(Configuration configuration) {
    StringBuilder text = new StringBuilder("number ").append(configuration.number());
    text.append(' ').append(configuration.status()).append(", voters ");
    text.append(configuration.voters());
    configuration
        .shards()
        .forEach(
            shard ->
                text.append(", shard ")
                    .append(shard.shard())
                    .append(": ")
                    .append(shard.replicas())
                    .append(" owner ")
                    .append(shard.owner())
                    .append(" learners ")
                    .append(shard.learners()));
    return text.toString();
  }
}
