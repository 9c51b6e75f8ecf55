package dev.sampo.launcher;

import dev.sampo.model.file.ElementType;
import dev.sampo.model.file.TensorWriter;
import dev.sampo.model.folder.ModelFolder;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sampo export}: writes a model as other tools want it. */
@CommandLine.Command(
    name = "export",
    description = {
      "Write a model as a folder that transformers loads: config.json, safetensors in "
          + "one file or several, tokenizer.json.",
      "The folder appears whole or not at all."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sampo export --from runs/demo-1/model --to out/demo --dtype bf16",
      "  sampo export --from runs/big/model --to out/big --max-file-megabytes 2000"
    })
public final class ExportCommand implements Command {
  private static final long MEGA = 1_000_000;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--from",
      required = true,
      paramLabel = "FOLDER",
      description = "Folder of the model.")
  private Path from = Path.of("");

  @Option(
      names = "--to",
      required = true,
      paramLabel = "FOLDER",
      description = "The folder to make.")
  private Path to = Path.of("");

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      description = "Numbers in the files: f32, bf16 or f16; default: f32.")
  private ElementType type = ElementType.F32;

  @Option(
      names = "--max-file-megabytes",
      paramLabel = "N",
      description = "Most weights in one file; default: ${DEFAULT-VALUE}.")
  private long maxFileMegabytes = 5_000;

  /** For {@link java.util.ServiceLoader}. */
  public ExportCommand() {}

  @Override
  public String example() {
    return "sampo export --from runs/demo-1/model --to out/demo --dtype bf16";
  }

  @Override
  public Integer call() {
    if (maxFileMegabytes < 1 || maxFileMegabytes > Long.MAX_VALUE / MEGA) {
      throw new ParameterException(
          spec.commandLine(),
          "a file holds at least a megabyte: max-file-megabytes=" + maxFileMegabytes);
    }
    try (Arena arena = Arena.ofShared()) {
      ModelFolder.Loaded model = ModelFolder.read(from, arena);
      ModelFolder.write(
          to,
          model.shape(),
          model.flat(),
          ModelFolder.tokenizer(from),
          new TensorWriter(type, maxFileMegabytes * MEGA));
      spec.commandLine()
          .getOut()
          .printf(
              Locale.ROOT,
              "the model is in %s: %,d parameters as %s%n",
              to,
              model.shape().layout().total(),
              type.name().toLowerCase(Locale.ROOT));
      return CommandLine.ExitCode.OK;
    } catch (IOException e) {
      throw new CommandFailure("the model could not be exported: " + e.getMessage(), e);
    }
  }
}
