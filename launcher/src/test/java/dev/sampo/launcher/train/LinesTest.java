package dev.sampo.launcher.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sampo.actors.job.JobMemory;
import dev.sampo.model.ModelOptions.Activations;
import dev.sampo.model.evaluate.Evaluation;
import dev.sampo.protocol.Decision;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

final class LinesTest {
  private static final OptionalDouble UNKNOWN = OptionalDouble.empty();
  private static final Decision DECISION = new Decision(9, 1, 1e-3, false, 0, 2.5, 0.5);
  private static final Decision SKIPPED = new Decision(9, 1, 1e-3, true, 1, Double.NaN, Double.NaN);
  private static final Evaluation EVALUATION = new Evaluation(Math.log(2), 32_768, 2);

  private static final JobMemory MEMORY =
      new JobMemory(
          List.of(
              new JobMemory.Term("process", 300 << 20, "heap"),
              new JobMemory.Term("store", 1 << 19, "mapped")),
          1 << 30,
          Activations.KEPT);

  @Test
  void peopleReadOneLineAnEvent() {
    assertText(
        "job ab12 (small): 120,576 parameters, 2,000 steps; matrix products alone run at 158"
            + " GFLOP/s here",
        new TrainEvent.Job("ab12", "small", 2000, 120_576, OptionalDouble.of(1.58e11)));
    assertText(
        "job ab12 (small): 120,576 parameters, 2,000 steps",
        new TrainEvent.Job("ab12", "small", 2000, 120_576, UNKNOWN));
    assertText(
        """
        memory 301 MiB of 1024
          process        300.0  heap
          store            0.5  mapped\
        """,
        new TrainEvent.Memory(MEMORY));
    assertText("", new TrainEvent.Begun(0));
    assertText("goes on from step 7, committed earlier", new TrainEvent.Begun(7));
    assertText("step 0/20  begins", new TrainEvent.Progress(0, 20, null, 0, UNKNOWN, UNKNOWN));
    assertText(
        "step 10/20  loss 2.5000  rate 1.00e-03  norm 0.500  4812 tokens/s (0.61 of matrix products"
            + " alone)  ETA 52 s",
        new TrainEvent.Progress(
            10, 20, DECISION, 4812, OptionalDouble.of(0.61), OptionalDouble.of(52)));
    assertText(
        "step 10/20  skipped: the gradient is not finite  4812 tokens/s  ETA 52 s",
        new TrainEvent.Progress(10, 20, SKIPPED, 4812, UNKNOWN, OptionalDouble.of(52)));
    assertText("step 10  validation loss 0.6931", new TrainEvent.Validation(10, EVALUATION));
    assertText(
        "step 10  no validation loss: too short", new TrainEvent.NoValidation(10, "too short"));
    assertText(
        """
        validation loss 0.6931 nats a token, perplexity 2.00, 0.5000 bits a byte, over 32,768 tokens
        step 20 is committed: sha256 c0ffee
        the model is in a/model\
        """,
        new TrainEvent.End(20, Optional.of(EVALUATION), "c0ffee", Path.of("a/model")));
    assertText(
        "stopped: step 10 of 20 is committed\ngo on with: sampo train job.conf",
        new TrainEvent.Stopped(10, 20, "sampo train job.conf"));
  }

  @Test
  void programsReadOneObjectAnEvent() {
    assertJson(
        "{'event':'job','id':'ab12','name':'small','steps':2000,'parameters':120576,'productFlopsPerSecond':1.58E11}",
        new TrainEvent.Job("ab12", "small", 2000, 120_576, OptionalDouble.of(1.58e11)));
    assertJson(
        "{'event':'memory','totalBytes':315097088,'limitBytes':1073741824,'activations':'kept','terms':{'process':314572800,'store':524288}}",
        new TrainEvent.Memory(MEMORY));
    assertJson("{'event':'begun','step':7}", new TrainEvent.Begun(7));
    assertJson(
        "{'event':'progress','step':10,'steps':20,'learningRate':0.001,'loss':2.5,'gradientNorm':0.5,'tokensPerSecond':4812.0,'shareOfProducts':0.61,'etaSeconds':52.0}",
        new TrainEvent.Progress(
            10, 20, DECISION, 4812, OptionalDouble.of(0.61), OptionalDouble.of(52)));
    assertJson(
        "{'event':'progress','step':10,'steps':20,'learningRate':0.001,'skipped':true,'tokensPerSecond':0.0}",
        new TrainEvent.Progress(10, 20, SKIPPED, 0, UNKNOWN, UNKNOWN));
    assertJson(
        "{'event':'validation','step':10,'loss':0.6931471805599453,'perplexity':2.0,'tokens':32768,'bitsPerByte':0.5}",
        new TrainEvent.Validation(10, EVALUATION));
    assertJson(
        "{'event':'no-validation','step':10,'reason':'too short'}",
        new TrainEvent.NoValidation(10, "too short"));
    assertJson(
        "{'event':'end','steps':20,'sha256':'c0ffee','model':'a/model'}",
        new TrainEvent.End(20, Optional.empty(), "c0ffee", Path.of("a/model")));
    assertJson(
        "{'event':'stopped','step':10,'steps':20,'command':'sampo train job.conf'}",
        new TrainEvent.Stopped(10, 20, "sampo train job.conf"));
  }

  @Test
  void aCommandIsShownAsItWouldBeTyped() {
    assertEquals(
        "train a.conf -D job.name=b 'my folder' 'it'\\''s' ''",
        ShellWords.of(List.of("train", "a.conf", "-D", "job.name=b", "my folder", "it's", "")));
  }

  private static void assertText(String line, TrainEvent event) {
    assertEquals(line, new TextLines().of(event));
  }

  private static void assertJson(String line, TrainEvent event) {
    assertEquals(line.replace((char) 39, (char) 34), new JsonLines().of(event));
  }
}
