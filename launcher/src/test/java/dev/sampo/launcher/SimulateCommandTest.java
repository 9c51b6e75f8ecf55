package dev.sampo.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sampo.launcher.simulate.SimulateCommand;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Help.Ansi;

final class SimulateCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return Sampo.commandLine(
            List.of(new SimulateCommand()),
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            Ansi.OFF)
        .execute(arguments);
  }

  @Test
  void tellsWhichWaysItTookAndThatEveryLawHeld() throws IOException {
    assertEquals(0, run("simulate", "--histories", "200", "--seed", "7", "--jobs", "2", "--json"));
    JsonNode document = new ObjectMapper().readTree(out.toString());
    assertTrue(document.get("passed").asBoolean());
    assertEquals(200, document.get("histories").asLong());
    assertTrue(document.get("events").asLong() > 200);
    assertTrue(document.get("taken").get("applied").asLong() > 0);
    assertTrue(err.toString().contains("every law held: histories=200, seed=7"), err::toString);
  }

  @Test
  void tellsEveryEventOfOneHistoryOrOfAPartOfIt() {
    assertEquals(0, run("simulate", "--trace", "11"));
    assertTrue(out.toString().contains("n0#1   leads"), "somebody leads");
    assertTrue(out.toString().contains("every law held: seed=11"), "and it ends well");
    assertEquals(0, run("simulate", "--trace", "11", "--only", "0,loss"));
  }

  @Test
  void refusesWhatItCannotRunWithAHint() {
    assertEquals(2, run("simulate", "--only", "3"));
    assertTrue(err.toString().contains("hint: add --trace SEED"), err::toString);
    assertEquals(2, run("simulate", "--trace", "1", "--only", "3;4"));
    assertTrue(err.toString().contains("hint: copy the replay line of a finding"), err::toString);
    assertEquals(2, run("simulate", "--histories", "0"));
  }
}
