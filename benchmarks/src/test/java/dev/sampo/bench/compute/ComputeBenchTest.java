package dev.sampo.bench.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sampo.model.gpt.GptShape;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class ComputeBenchTest {
  private static final ReferenceJob.Size TINY =
      new ReferenceJob.Size(new GptShape(1, 2, 32, 16, 40), 2);
  private static final GptShape WRITER = new GptShape(2, 2, 32, 64, 90);

  @Test
  void measuresBothPrecisionsAndEveryKernel() throws Exception {
    ComputeBench bench = new ComputeBench();
    new CommandLine(bench).parseArgs("--rounds=1", "--steps=3", "--threads=1");
    Report report = bench.measure(TINY, WRITER);
    StringWriter text = new StringWriter();
    report.printJson(new PrintWriter(text, true));
    JsonNode devices = new ObjectMapper().readTree(text.toString()).path("devices");
    assertEquals(2, devices.size(), text::toString);
    for (JsonNode device : devices) {
      assertTrue(device.path("tokensPerSecond").doubleValue() > 0, text::toString);
      JsonNode writing = device.path("writing");
      double share = writing.path("share").doubleValue();
      double rate = writing.path("tokensPerSecond").doubleValue();
      assertEquals(rate / writing.path("boundTokensPerSecond").doubleValue(), share, 1e-9);
      assertTrue(share > 0, text::toString);
      assertEquals(28, device.path("kernels").size(), text::toString);
    }
    StringWriter table = new StringWriter();
    report.printText(new PrintWriter(table, true));
    assertTrue(table.toString().contains("up + bias + gelu"), table::toString);
    assertTrue(table.toString().contains("of what memory allows"), table::toString);
  }

  @Test
  void refusesToRunOnNoThread() {
    StringWriter err = new StringWriter();
    CommandLine line = new CommandLine(new ComputeBench()).setErr(new PrintWriter(err, true));
    assertEquals(2, line.execute("--threads=0"));
    assertTrue(err.toString().contains("threads=0"), err::toString);
  }
}
