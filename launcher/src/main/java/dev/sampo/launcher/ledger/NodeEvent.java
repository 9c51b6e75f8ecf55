package dev.sampo.launcher.ledger;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Optional;

/**
 * A line of a node's event log.
 *
 * @param node whose log it is in
 * @param incarnation of that node
 * @param timeMs on the wall clock, since the epoch
 * @param name such as {@code committed}
 * @param body the whole line
 */
public record NodeEvent(String node, long incarnation, long timeMs, String name, JsonNode body) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Reads a line; empty if it is not an event, as the line that a kill cut short. */
  public static Optional<NodeEvent> parse(String line) {
    try {
      JsonNode body = JSON.readTree(line);
      if (body == null || !body.path("event").isTextual() || !body.path("node").isTextual()) {
        return Optional.empty();
      }
      return Optional.of(
          new NodeEvent(
              body.path("node").asText(),
              body.path("incarnation").asLong(),
              body.path("t").asLong(),
              body.path("event").asText(),
              body));
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }

  long number(String field) {
    return body.path(field).asLong();
  }

  String text(String field) {
    return body.path(field).asText();
  }
}
