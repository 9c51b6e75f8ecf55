package dev.sampo.config;

import static dev.sampo.config.Bounds.Edge.INSIDE;
import static dev.sampo.config.Bounds.Edge.OUTSIDE;
import static java.util.stream.Collectors.toSet;

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

  /** The last fifth of a job is its decay, unless it says otherwise. */
  private static final int USUAL_DECAY_PART = 5;

  private static final double USUAL_MOMENTUM = 0.9;
  private static final double USUAL_MOMENTUM_OF_MUON = 0.95;

  private static final String SHIPPED = "default";
  private static final String NOWHERE = "none";
  private static final Form HASH =
      new Form(PinnedJob.SHA256, "must be auto or 64 lower-case hexadecimal digits");

  private JobReader() {}

  static JobConfig read(Section job) {
    String name = job.text("name", Form.NAME, "choose a short name, such as java-small");
    long seed = job.whole("seed", Long.MIN_VALUE, Long.MAX_VALUE, "any whole number will do");
    int steps = job.count("steps", 1, MOST_STEPS, "give the number of optimizer steps");
    Section modelSection = job.section("model");
    ModelConfig model = model(modelSection);
    FirstParameters first = firstParameters(modelSection, model);
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
    double auditFraction =
        job.section("audit")
            .number("fraction", Bounds.closed(0, 1), "0.05 costs a twentieth, 0 audits nothing");
    return new JobConfig(
        recipe,
        corpus,
        pinned,
        first,
        snapshots(job.section("snapshots")),
        evaluation(job.section("evaluate")),
        auditFraction);
  }

  private static SnapshotConfig snapshots(Section snapshots) {
    return new SnapshotConfig(
        snapshots.count("every", 0, MOST_STEPS, "0 takes none but those that are ordered"),
        snapshots.count("keep", 1, MOST_STEPS, "3 leaves room to go back, and on the disk"));
  }

  private static EvaluationConfig evaluation(Section evaluate) {
    int every = evaluate.count("every", 0, MOST_STEPS, "0 evaluates the last version alone");
    int tokens = evaluate.count("tokens", 0, MOST_STEPS, "0 evaluates nothing");
    int stopAfter = evaluate.count("stop-after", 0, MOST_STEPS, "0 never ends a job");
    evaluate.link(
        stopAfter == 0 || (every > 0 && tokens > 0),
        "stop-after",
        List.of(evaluate.pathOf("every"), evaluate.pathOf("tokens")),
        new Rule(
            "must be 0 where versions are not evaluated on the way",
            "set job.evaluate.every and job.evaluate.tokens above 0"));
    return new EvaluationConfig(every, tokens, stopAfter);
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
    RotaryConfig rotary = rotary(model);
    double normEpsilon = model.number("norm-epsilon", Bounds.positive(1), "1e-5 or 1e-6 are usual");
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
            rotary,
            normEpsilon,
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

  private static RotaryConfig rotary(Section model) {
    double base =
        model.number("rotary-base", new Bounds(1, OUTSIDE, 1e12, INSIDE), "10000 is usual");
    RotaryConfig.Kind kind =
        model.oneOf(
            "rotary-scaling", RotaryConfig.Kind.class, "none, unless the model was stretched");
    double factor =
        model.number("rotary-factor", Bounds.closed(1, 1e6), "the new context over the old one");
    model.link(
        kind != RotaryConfig.Kind.NONE || factor == 1,
        "rotary-factor",
        List.of(model.pathOf("rotary-scaling")),
        new Rule(
            "must be 1 where job.model.rotary-scaling is none",
            "leave it out, or say how positions are stretched: linear or llama3"));
    double low = model.number("rotary-low-turns", Bounds.positive(1e6), "1 is usual");
    double high = model.number("rotary-high-turns", Bounds.positive(1e6), "4 is usual");
    model.link(
        high > low,
        "rotary-high-turns",
        List.of(model.pathOf("rotary-low-turns")),
        new Rule("must be above job.model.rotary-low-turns (" + low + ")", "4 and 1 are usual"));
    int old = model.count("rotary-old-context", 1, LARGEST_SHAPE, "8192 in LLaMA 3.1");
    return new RotaryConfig(
        base,
        switch (kind) {
          case NONE -> new RotaryConfig.Scaling.None();
          case LINEAR -> new RotaryConfig.Scaling.Linear(factor);
          case LLAMA3 -> new RotaryConfig.Scaling.Llama3(factor, low, high, old);
        });
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
    for (FamilyLimits.Limit limit : FamilyLimits.of(read)) {
      List<String> others = limit.others().stream().map(model::pathOf).toList();
      model.link(limit.holds(), limit.key(), others, limit.rule());
    }
  }

  private static FirstParameters firstParameters(Section model, ModelConfig read) {
    Optional<String> sha256 =
        model.textOrAuto(
            "sha256", HASH, "leave it at auto unless the job must begin with these parameters");
    String hint = "write none, or the path of a folder with config.json and safetensors";
    ConfigValue value = model.require("from", "must be none or a folder", hint);
    Optional<Path> folder = Optional.empty();
    if (value != null) {
      String word = model.text("from", Form.PATH, hint);
      boolean named = !word.isEmpty() && !word.equals(NOWHERE);
      folder = named ? Optional.of(Section.pathFrom(word, value.origin())) : folder;
    }
    return new FirstParameters(
        folder,
        sha256,
        read.shapeByKey().keySet().stream().filter(model::isDescribed).collect(toSet()));
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
    OptimizerConfig.Kind kind =
        optimizer.oneOf(
            "kind", OptimizerConfig.Kind.class, "adamw, sgd with momentum, or muon for matrices");
    return new OptimizerConfig(
        kind,
        optimizer.number("beta1", Bounds.fraction(), usualBetas),
        optimizer.number("beta2", Bounds.fraction(), usualBetas),
        optimizer.number("epsilon", Bounds.positive(1), "1e-8 is usual"),
        momentum(optimizer, kind),
        optimizer.number("weight-decay", Bounds.closed(0, 1), "0.1 is usual, 0 is none"));
  }

  private static double momentum(Section optimizer, OptimizerConfig.Kind kind) {
    if (optimizer.isAuto("momentum")) {
      optimizer.expect("momentum");
      return switch (kind) {
        case ADAMW, SGD -> USUAL_MOMENTUM;
        case MUON -> USUAL_MOMENTUM_OF_MUON;
      };
    }
    return optimizer.number("momentum", Bounds.fraction(), "leave it at auto; 0 is none");
  }

  private static ScheduleConfig schedule(Section schedule, int steps) {
    ScheduleConfig.Shape shape =
        schedule.oneOf(
            "shape", ScheduleConfig.Shape.class, "cosine and wsd fall, constant does not");
    double peak = schedule.number("peak-rate", Bounds.positive(10), "1e-3 suits small models");
    double floor = schedule.number("floor-rate", Bounds.closed(0, 10), "a tenth of the peak");
    schedule.link(
        shape == ScheduleConfig.Shape.CONSTANT || floor <= peak,
        "floor-rate",
        List.of(schedule.pathOf("peak-rate"), schedule.pathOf("shape")),
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
    ScheduleConfig.Curve curve =
        schedule.oneOf("decay-curve", ScheduleConfig.Curve.class, "linear is usual");
    return new ScheduleConfig(
        shape, peak, floor, warmup, decaySteps(schedule, shape, warmup, steps), curve);
  }

  private static int decaySteps(
      Section schedule, ScheduleConfig.Shape shape, int warmup, int steps) {
    boolean falls = shape == ScheduleConfig.Shape.WSD;
    int usual = falls ? Math.ceilDiv(steps, USUAL_DECAY_PART) : 0;
    int decay = usual;
    if (schedule.isAuto("decay-steps")) {
      schedule.expect("decay-steps");
    } else {
      decay = schedule.count("decay-steps", 0, MOST_STEPS, "leave it at auto");
    }
    schedule.link(
        falls == decay > 0,
        "decay-steps",
        List.of(schedule.pathOf("shape")),
        falls
            ? new Rule(
                "must be at least 1 in shape wsd", "leave it at auto for a fifth of the steps")
            : new Rule("must be auto in all shapes but wsd", "set job.schedule.shape = wsd"));
    schedule.link(
        !falls || (long) warmup + decay <= steps,
        "decay-steps",
        List.of("job.steps", schedule.pathOf("warmup-steps"), schedule.pathOf("shape")),
        new Rule(
            "must leave room for job.schedule.warmup-steps (%d) within job.steps (%d), and is %d"
                .formatted(warmup, steps, decay),
            "at most " + Math.max(0, steps - warmup) + ", or shorten the warm-up"));
    return decay;
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
