package dev.sampo.launcher;

import dev.sampo.device.cpu.CpuDevice;
import dev.sampo.model.gpt.Generator;
import dev.sampo.model.gpt.Gpt;
import dev.sampo.model.gpt.GptFiles;
import dev.sampo.model.gpt.Sampler;
import dev.sampo.model.token.ByteTokenizer;
import dev.sampo.model.token.Detokenizer;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
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
      "Let a trained model write, a byte at a time as it comes.",
      "The same model, prompt, options and seed give the same text."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sampo generate --from runs/demo-1/model --prompt 'public final class '",
      "  sampo generate --from runs/demo-1/model --prompt 'if (' --temperature 0 --tokens 80"
    })
public final class GenerateCommand implements Command {
  private static final int VOCABULARY = 256;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--from",
      required = true,
      paramLabel = "FOLDER",
      description = "Folder of the model: model.safetensors and config.json.")
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
      description = "Bytes to write; default: ${DEFAULT-VALUE}.")
  private int tokens = 300;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description =
          "0 takes the likeliest byte, 1 the model's own odds; default: ${DEFAULT-VALUE}.")
  private double temperature = 0.7;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description = "How many of the likeliest bytes may come; default: ${DEFAULT-VALUE}.")
  private int topK = 40;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of the draws; default: ${DEFAULT-VALUE}.")
  private long seed = 1;

  /** For {@link java.util.ServiceLoader}. */
  public GenerateCommand() {}

  @Override
  public String example() {
    return "sampo generate --from runs/demo-1/model --prompt 'public final class '";
  }

  @Override
  public Integer call() {
    Sampler sampler = sampler();
    PrintWriter out = spec.commandLine().getOut();
    Detokenizer text =
        new ByteTokenizer()
            .detokenizer(
                piece -> {
                  out.print(piece);
                  out.flush();
                });
    try (Arena arena = Arena.ofShared();
        CpuDevice device = CpuDevice.open(1)) {
      GptFiles.Loaded model = GptFiles.read(from, arena);
      Gpt gpt = Gpt.create(model.shape(), device, 1);
      out.print(prompt);
      new Generator(gpt, sampler)
          .generate(model.flat(), promptTokens(), tokens, new SplittableRandom(seed), text::accept);
    } catch (IOException e) {
      throw new CommandFailure(
          "the model could not be read: "
              + e.getMessage()
              + "; hint: --from names the folder that a finished job wrote",
          e);
    }
    text.end();
    out.println();
    return CommandLine.ExitCode.OK;
  }

  private Sampler sampler() {
    if (!(temperature >= 0) || topK < 1 || topK > VOCABULARY || tokens < 1) {
      throw new ParameterException(
          spec.commandLine(),
          "sampling wants temperature >= 0, top-k 1 to %d, tokens >= 1: temperature=%s, top-k=%d, tokens=%d"
              .formatted(VOCABULARY, temperature, topK, tokens));
    }
    return new Sampler(temperature, topK);
  }

  /** The bytes of the prompt; the separator starts a document. */
  private int[] promptTokens() {
    byte[] bytes = prompt.getBytes(StandardCharsets.UTF_8);
    int[] promptTokens = new int[Math.max(1, bytes.length)];
    Arrays.setAll(promptTokens, i -> bytes.length == 0 ? 0 : bytes[i] & 0xFF);
    return promptTokens;
  }
}
