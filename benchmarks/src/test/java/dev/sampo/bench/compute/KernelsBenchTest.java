package dev.sampo.bench.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sampo.device.Precision;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class KernelsBenchTest {

  @Test
  void measuresTheChosenKernelsBesideTheMachine() throws Exception {
    KernelsBench bench = new KernelsBench();
    new CommandLine(bench)
        .parseArgs(
            "--json",
            "--filter=^(attention|hash.*)$",
            "--threads=1",
            "--iterations=1",
            "--millis=5");
    StringWriter out = new StringWriter();
    bench.report(bench.measure("tiny", List.of(Precision.F32), 0), new PrintWriter(out, true));
    JsonNode kernels = new ObjectMapper().readTree(out.toString());
    assertEquals(
        List.of("machine: product", "machine: memory", "attention", "hash of a gradient"),
        kernels.findValuesAsText("kernel"),
        out::toString);
    for (JsonNode kernel : kernels) {
      assertTrue(kernel.path("seconds").doubleValue() > 0, out::toString);
      assertTrue(kernel.path("share").doubleValue() > 0, out::toString);
    }
    assertTrue(kernels.get(2).path("flopsPerSecond").doubleValue() > 0, out::toString);
    assertEquals(0, kernels.get(3).path("flopsPerSecond").doubleValue(), out::toString);
  }

  @Test
  void refusesAFilterThatIsNoneOrMatchesNothing() {
    assertRefused("--filter=(", "filter=(");
    assertRefused("--filter=no such kernel", "filter=no such kernel");
    assertRefused("--precision=f16", "precision=f16");
    assertRefused("--millis=0", "millis=0");
  }

  private static void assertRefused(String argument, String part) {
    StringWriter err = new StringWriter();
    CommandLine line = new CommandLine(new KernelsBench()).setErr(new PrintWriter(err, true));
    assertEquals(2, line.execute(argument));
    assertTrue(err.toString().contains(part), err::toString);
  }
}
