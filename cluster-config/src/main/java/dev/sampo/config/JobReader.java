package dev.sampo.config;

import static dev.sampo.config.Bounds.Edge.INSIDE;
import static dev.sampo.config.Bounds.Edge.OUTSIDE;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Reads the section {@code job}. */
final class JobReader {
  private static final int MOST_STEPS = 1_000_000_000;
  private static final int MOST_SLOTS = 1 << 16;
  private static final int MOST_SHARDS = 4096;
  private static final int LARGEST_SHAPE = 1 << 20;
  private static final int INNER_STEP = 64;
  private static final String SHIPPED = "default";
  private static final Form HASH =
      new Form(PinnedJob.SHA256, "must be auto or 64 lower-case hexadecimal digits");

  private JobReader() {}

  static JobConfig read(Section job) {
    String name = job.text("name", Form.NAME, "choose a short name, such as java-small");
    long seed = job.whole("seed", Long.MIN_VALUE, Long.MAX_VALUE, "any whole number will do");
    int steps = job.count("steps", 1, MOST_STEPS, "give the number of optimizer steps");
    ModelConfig model = model(job.section("model"));
    Section data = job.section("data");
    Corpus corpus = corpus(data);
    Optional<String> pinned =
        data.textOrAuto(
            "sha256", HASH, "leave it at auto unless the job must have these very data");
    OptimizerConfig optimizer = optimizer(job.section("optimizer"));
    ScheduleConfig schedule = schedule(job.section("schedule"), steps);
    BatchConfig batch = batch(job.section("batch"));
    double clipNorm =
        job.number("clip-norm", Bounds.positive(1e9), "1.0 is usual; 1e9 never clips");
    int shards = job.count("shards", 1, MOST_SHARDS, "about 4 a node");
    int maxSkippedSteps =
        job.count("max-skipped-steps", 1, MOST_STEPS, "a few: a healthy job skips none");
    KernelClass kernelClass =
        job.oneOf("kernel-class", KernelClass.class, "one is reproducible, mixed takes any device");
    Recipe recipe =
        new Recipe(
            name,
            seed,
            steps,
            model,
            optimizer,
            schedule,
            batch,
            clipNorm,
            shards,
            maxSkippedSteps,
            kernelClass);
    return new JobConfig(recipe, corpus, pinned, snapshots(job.section("snapshots")));
  }

  private static SnapshotConfig snapshots(Section snapshots) {
    return new SnapshotConfig(
        snapshots.count("every", 0, MOST_STEPS, "0 takes none but those that are ordered"),
        snapshots.count("keep", 1, MOST_STEPS, "3 leaves room to go back, and on the disk"));
  }

  private static ModelConfig model(Section model) {
    ModelConfig.Family family =
        model.oneOf("family", ModelConfig.Family.class, "gpt2 and llama are the families so far");
    int layers = model.count("layers", 1, 4096, "give the number of transformer blocks");
    int heads = model.count("heads", 1, 4096, "give the attention heads of a block");
    int keyHeads =
        countOr(model, "key-heads", heads, "leave it at auto for as many as there are heads");
    int width = model.count("width", 1, LARGEST_SHAPE, "give the length of a token's vector");
    int inner = countOr(model, "inner", usualInner(family, width), "leave it at auto");
    int context = model.count("context", 1, LARGEST_SHAPE, "give the tokens of a sequence");
    int vocabulary = countOr(model, "vocabulary", 0, "leave it at auto for that of the data");
    ModelConfig.Head head =
        model.oneOf("head", ModelConfig.Head.class, "tied saves a table, separate has its own");
    double rotaryBase =
        model.number("rotary-base", new Bounds(1, OUTSIDE, 1e12, INSIDE), "10000 is usual");
    double dropout =
        model.number("dropout", Bounds.fraction(), "0 for large texts; 0.1 to 0.2 for small ones");
    ModelConfig.Precision precision =
        model.oneOf(
            "precision",
            ModelConfig.Precision.class,
            "f32 runs anywhere, bf16 twice as fast where the processor has it");
    ModelConfig read =
        new ModelConfig(
            family,
            layers,
            heads,
            keyHeads,
            width,
            inner,
            context,
            vocabulary == 0 ? OptionalInt.empty() : OptionalInt.of(vocabulary),
            head,
            rotaryBase,
            dropout,
            precision);
    linkSizes(model, read);
    linkFamily(model, read);
    return read;
  }

  private static int countOr(Section model, String key, int otherwise, String hint) {
    if (model.isAuto(key)) {
      model.expect(key);
      return otherwise;
    }
    return model.count(key, 1, LARGEST_SHAPE, hint);
  }

  /** GPT-2 has four times the width; LLaMA two thirds of that, since it has a gate, rounded up. */
  private static int usualInner(ModelConfig.Family family, int width) {
    return switch (family) {
      case GPT2 -> Math.multiplyExact(4, width);
      case LLAMA -> Math.toIntExact((8L * width / 3 + INNER_STEP - 1) / INNER_STEP * INNER_STEP);
    };
  }

  private static void linkSizes(Section model, ModelConfig read) {
    int heads = read.heads();
    // Rotary positions turn the halves of a head.
    int step = read.family() == ModelConfig.Family.LLAMA ? 2 * heads : heads;
    model.link(
        read.width() % step == 0,
        "width",
        List.of(model.pathOf("heads")),
        new Rule(
            "must be a multiple of %sjob.model.heads (%d)"
                .formatted(step == heads ? "" : "twice ", heads),
            "the next higher one is " + (read.width() / step + 1L) * step));
    model.link(
        heads % read.keyHeads() == 0,
        "key-heads",
        List.of(model.pathOf("heads")),
        new Rule("must divide job.model.heads (" + heads + ")", "leave it at auto"));
  }

  private static void linkFamily(Section model, ModelConfig read) {
    boolean gpt2 = read.family() == ModelConfig.Family.GPT2;
    model.link(
        !gpt2 || read.keyHeads() == read.heads(),
        "key-heads",
        List.of(model.pathOf("heads")),
        new Rule("must be job.model.heads in family gpt2", "leave it at auto"));
    model.link(
        !gpt2 || read.inner() == 4L * read.width(),
        "inner",
        List.of(model.pathOf("width")),
        new Rule("must be four times job.model.width in family gpt2", "leave it at auto"));
    model.link(
        !gpt2 || read.head() == ModelConfig.Head.TIED,
        "head",
        List.of(),
        new Rule("must be tied in family gpt2", "leave it out"));
    model.link(
        gpt2 || read.dropout() == 0,
        "dropout",
        List.of(),
        new Rule("must be 0 in family llama", "leave it out"));
    model.link(
        gpt2 || read.precision() == ModelConfig.Precision.F32,
        "precision",
        List.of(),
        new Rule("must be f32 in family llama", "leave it out"));
  }

  private static Corpus corpus(Section data) {
    String rule = "must be default, a prepared folder, or a list of inputs";
    String hint = "write default, \"path/to/folder\" or [\"a.txt\", \"b.jar\"]";
    ConfigValue value = data.require("corpus", rule, hint);
    return switch (value) {
      case null -> new Corpus.Shipped();
      case ConfigList inputs -> inputs(data, inputs, hint);
      case ConfigValue text when text.valueType() == ConfigValueType.STRING -> {
        String word = data.text("corpus", Form.PATH, hint);
        yield word.equals(SHIPPED)
            ? new Corpus.Shipped()
            : new Corpus.Prepared(Section.pathFrom(word, text.origin()));
      }
      case ConfigValue other -> {
        data.refuse("corpus", other, rule, hint);
        yield new Corpus.Shipped();
      }
    };
  }

  private static Corpus inputs(Section data, ConfigList list, String hint) {
    List<String> texts = data.texts("corpus", Form.PATH, hint);
    data.link(
        !texts.isEmpty(),
        "corpus",
        List.of(),
        new Rule("must name at least one input", "write default for the text that is shipped"));
    List<Path> files = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      files.add(Section.pathFrom(texts.get(i), list.get(i).origin()));
    }
    return new Corpus.Inputs(files);
  }

  private static OptimizerConfig optimizer(Section optimizer) {
    String usualBetas = "0.9 and 0.95 are usual for beta1 and beta2";
    return new OptimizerConfig(
        optimizer.oneOf("kind", OptimizerConfig.Kind.class, "adamw, or sgd with momentum"),
        optimizer.number("beta1", Bounds.fraction(), usualBetas),
        optimizer.number("beta2", Bounds.fraction(), usualBetas),
        optimizer.number("epsilon", Bounds.positive(1), "1e-8 is usual"),
        optimizer.number("momentum", Bounds.fraction(), "0.9 is usual, 0 is none"),
        optimizer.number("weight-decay", Bounds.closed(0, 1), "0.1 is usual, 0 is none"));
  }

  private static ScheduleConfig schedule(Section schedule, int steps) {
    ScheduleConfig.Shape shape =
        schedule.oneOf("shape", ScheduleConfig.Shape.class, "cosine falls, constant does not");
    double peak = schedule.number("peak-rate", Bounds.positive(10), "1e-3 suits small models");
    double floor = schedule.number("floor-rate", Bounds.closed(0, 10), "a tenth of the peak");
    schedule.link(
        floor <= peak,
        "floor-rate",
        List.of(schedule.pathOf("peak-rate")),
        new Rule(
            "must be at most job.schedule.peak-rate (" + peak + ")",
            "a tenth of the peak is usual"));
    int warmup =
        schedule.count("warmup-steps", 0, MOST_STEPS, "a twentieth of the steps is a good start");
    schedule.link(
        warmup <= steps,
        "warmup-steps",
        List.of("job.steps"),
        new Rule(
            "must be at most job.steps (" + steps + ")",
            "a twentieth of the steps is a good start"));
    return new ScheduleConfig(shape, peak, floor, warmup);
  }

  private static BatchConfig batch(Section batch) {
    int slots =
        batch.count("slots", 1, MOST_SLOTS, "several for each device, so that work can be shared");
    String grainHint = "about the slots that one device takes, or 0 to round nothing";
    int grain = batch.count("grain", 0, MOST_SLOTS, grainHint);
    batch.link(
        grain <= slots,
        "grain",
        List.of(batch.pathOf("slots")),
        new Rule("must be at most job.batch.slots (" + slots + ")", grainHint));
    return new BatchConfig(
        slots,
        batch.count("accumulation", 1, MOST_SLOTS, "1 unless gradients travel too often"),
        batch.count("sequences", 1, MOST_SLOTS, "as many as keep a device busy"),
        grain);
  }
}
