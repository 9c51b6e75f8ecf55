package dev.sampo.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

final class DoctorCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return new CommandLine(new DoctorCommand())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  @Test
  void examinesThisMachineAsANodesStartDoes() throws IOException {
    assertEquals(0, run("-D", "node.data-port=0", "--json"), err::toString);
    JsonNode machine = new ObjectMapper().readTree(out.toString()).get("machine");
    assertEquals(4, machine.size());
    assertTrue(machine.get(3).get("message").asText().contains("neededBytes="), out::toString);
  }

  @Test
  void anAddressOfAnotherMachineIsRefusedWithExitCodeOne() {
    // Of a net for documentation, RFC 5737: no machine has it.
    assertEquals(1, run("-D", "node.address=192.0.2.1"));
    assertTrue(out.toString().contains("refusal"), out::toString);
    assertTrue(out.toString().contains("address=192.0.2.1:7701"), out::toString);
    assertTrue(out.toString().contains("; hint: "), out::toString);
  }
}
