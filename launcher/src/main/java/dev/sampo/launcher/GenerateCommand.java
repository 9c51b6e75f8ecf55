package dev.sampo.launcher;

import dev.sampo.device.Precision;
import dev.sampo.device.cpu.CpuDevice;
import dev.sampo.model.Decoder;
import dev.sampo.model.folder.ModelFolder;
import dev.sampo.model.generate.Generator;
import dev.sampo.model.generate.Sampler;
import dev.sampo.model.token.Detokenizer;
import dev.sampo.model.token.Tokenizer;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.SplittableRandom;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sampo generate}: lets a trained model go on from a prompt. */
@CommandLine.Command(
    name = "generate",
    description = {
      "Let a model write, a token at a time as it comes.",
      "The model is a folder that a job wrote, or one in Hugging Face's layout (gpt2 or "
          + "llama). The same model, prompt, options and seed give the same text."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sampo generate --from runs/demo-1/model --prompt 'public final class '",
      "  sampo generate --from runs/demo-1/model --prompt 'if (' --temperature 0 --tokens 80",
      "  sampo generate --from SmolLM --prompt 'Once' --top-p 0.9 --top-k 0 --stop-at-end",
      "  sampo generate --from SmolLM --prompt 'Once' --precision bf16 --timing"
    })
public final class GenerateCommand implements Command {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--from",
      required = true,
      paramLabel = "FOLDER",
      description = "Folder of the model: config.json, weights in safetensors, tokenizer.json.")
  private Path from = Path.of("");

  @Option(
      names = "--prompt",
      required = true,
      paramLabel = "TEXT",
      description = "What the model goes on from; empty starts a document.")
  private String prompt = "";

  @Option(
      names = "--tokens",
      paramLabel = "N",
      description = "Tokens to write; default: ${DEFAULT-VALUE}.")
  private int tokens = 300;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description =
          "0 takes the likeliest token, 1 the model's own odds; default: ${DEFAULT-VALUE}.")
  private double temperature = 0.7;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description =
          "How many of the likeliest tokens may come, 0 for all; default: ${DEFAULT-VALUE}.")
  private int topK = 40;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description =
          "Only the likeliest that have this share of the odds together; default: ${DEFAULT-VALUE}.")
  private double topP = 1;

  @Option(
      names = "--stop-at-end",
      description = "End where the model ends its document, instead of beginning another.")
  private boolean stopAtEnd;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of the draws; default: ${DEFAULT-VALUE}.")
  private long seed = 1;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads that compute; default: all processors.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--precision",
      paramLabel = "P",
      description =
          "f32, or bf16: half the memory to read for each token; default: ${DEFAULT-VALUE}.")
  private Precision precision = Precision.F32;

  @Option(names = "--timing", description = "Say on the error stream how fast it was.")
  private boolean timing;

  /** For {@link java.util.ServiceLoader}. */
  public GenerateCommand() {}

  @Override
  public String example() {
    return "sampo generate --from runs/demo-1/model --prompt 'public final class '";
  }

  @Override
  public Integer call() {
    Sampler sampler = sampler();
    try (Arena arena = Arena.ofShared();
        Tokenizer tokenizer = ModelFolder.tokenizer(from).open();
        CpuDevice device = CpuDevice.open(threads, precision)) {
      ModelFolder.Loaded model = ModelFolder.read(from, arena);
      int[] start = promptTokens(tokenizer);
      int capacity =
          (int) Math.min(model.shape().context(), Math.max(2L, (long) start.length + tokens));
      write(tokenizer, model.shape().decoder(device, model.flat(), capacity), sampler, start);
    } catch (IOException e) {
      throw new CommandFailure(
          "the model could not be read: "
              + e.getMessage()
              + "; hint: --from names the folder of a model",
          e);
    }
    return CommandLine.ExitCode.OK;
  }

  private void write(Tokenizer tokenizer, Decoder decoder, Sampler sampler, int[] start) {
    PrintWriter out = spec.commandLine().getOut();
    Detokenizer text =
        tokenizer.detokenizer(
            piece -> {
              out.print(piece);
              out.flush();
            });
    out.print(prompt);
    long[] times = {System.nanoTime(), 0, 0};
    new Generator(decoder, sampler)
        .generate(
            start,
            tokens,
            new SplittableRandom(seed),
            token -> {
              times[times[2]++ == 0 ? 0 : 1] = System.nanoTime();
              boolean ends = stopAtEnd && token == tokenizer.separator();
              if (!ends) {
                text.accept(token);
              }
              return !ends;
            });
    text.end();
    out.println();
    if (timing && times[2] > 1) {
      double rate = (times[2] - 1) / ((times[1] - times[0]) * 1e-9);
      spec.commandLine().getErr().printf("%.1f tokens/s after the prompt%n", rate);
    }
  }

  private Sampler sampler() {
    if (!(temperature >= 0) || topK < 0 || !(topP > 0 && topP <= 1) || tokens < 1 || threads < 1) {
      throw new ParameterException(
          spec.commandLine(),
          "sampling wants temperature >= 0, top-k >= 0, top-p above 0 and at most 1, tokens and threads >= 1: temperature=%s, top-k=%d, top-p=%s, tokens=%d, threads=%d"
              .formatted(temperature, topK, topP, tokens, threads));
    }
    return new Sampler(temperature, topK == 0 ? Integer.MAX_VALUE : topK, topP);
  }

  /** The tokens of the prompt; what ends a document starts one. */
  private int[] promptTokens(Tokenizer tokenizer) {
    byte[] utf8 = prompt.getBytes(StandardCharsets.UTF_8);
    int[] encoded = tokenizer.encode(utf8, 0, utf8.length);
    return encoded.length == 0 ? new int[] {tokenizer.separator()} : encoded;
  }
}
