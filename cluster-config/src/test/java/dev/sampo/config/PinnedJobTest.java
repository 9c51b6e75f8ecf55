package dev.sampo.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class PinnedJobTest {
  private static final String DATA = "0123456789abcdef".repeat(4);

  @Test
  void hasOneCanonicalText() {
    assertEquals(
        """
        # sampo job, version 3
        job.name=demo
        job.seed=-7
        job.steps=300
        job.model.family=gpt2
        job.model.layers=4
        job.model.heads=4
        job.model.key-heads=4
        job.model.width=128
        job.model.inner=512
        job.model.context=128
        job.model.vocabulary=256
        job.model.head=tied
        job.model.rotary-base=10000.0
        job.model.norm-epsilon=1.0E-5
        job.model.dropout=0.0
        job.model.precision=f32
        job.model.sha256=auto
        job.data.sha256=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
        job.optimizer.kind=adamw
        job.optimizer.beta1=0.9
        job.optimizer.beta2=0.95
        job.optimizer.epsilon=1.0E-8
        job.optimizer.momentum=0.9
        job.optimizer.weight-decay=0.1
        job.schedule.shape=cosine
        job.schedule.peak-rate=0.001
        job.schedule.floor-rate=1.0E-4
        job.schedule.warmup-steps=0
        job.schedule.decay-steps=0
        job.schedule.decay-curve=linear
        job.batch.slots=8
        job.batch.accumulation=1
        job.batch.sequences=4
        job.batch.grain=0
        job.clip-norm=1.0
        job.shards=4
        job.max-skipped-steps=5
        job.kernel-class=one
        """,
        spec("job.seed=-7").canonicalText());
  }

  @Test
  void isReadBackFromItsText() {
    PinnedJob spec = spec("job.optimizer.epsilon=1.2345678901234567e-7");
    assertEquals(spec, PinnedJob.parse(spec.canonicalText()));
    assertEquals(spec.sha256(), PinnedJob.parse(spec.canonicalText()).sha256());
  }

  @Test
  void doesNotDependOnWhereTheDataLie() {
    PinnedJob here = spec("job.data.corpus=/srv/here");
    assertEquals(here, spec("job.data.corpus=[a.txt, b.txt]"));
    assertFalse(here.canonicalText().contains("srv"));
  }

  @Test
  void changesWithEverySettingThatFixesTheBits() {
    List<String> changes =
        List.of(
            "job.name=other",
            "job.seed=2",
            "job.steps=301",
            "job.model.layers=5",
            "job.model.heads=2",
            "job.model.width=132",
            "job.model.context=129",
            "job.model.vocabulary=320",
            "job.model.family=llama",
            "job.model.rotary-base=20000",
            "job.model.norm-epsilon=1e-6",
            "job.schedule.shape=constant",
            "job.schedule.shape=wsd",
            "job.schedule.decay-curve=cosine",
            "job.optimizer.beta1=0.8",
            "job.optimizer.beta2=0.9",
            "job.optimizer.epsilon=1e-7",
            "job.optimizer.weight-decay=0",
            "job.optimizer.momentum=0.5",
            "job.optimizer.kind=sgd",
            "job.optimizer.kind=muon",
            "job.schedule.peak-rate=2e-3",
            "job.schedule.floor-rate=0",
            "job.schedule.warmup-steps=1",
            "job.batch.slots=9",
            "job.batch.accumulation=2",
            "job.batch.sequences=5",
            "job.batch.grain=2",
            "job.clip-norm=2",
            "job.shards=5",
            "job.max-skipped-steps=6",
            "job.model.dropout=0.1",
            "job.model.precision=bf16",
            "job.kernel-class=mixed");
    Set<String> identities = new HashSet<>(Set.of(spec("job.seed=1").sha256()));
    for (String change : changes) {
      assertTrue(identities.add(spec(change).sha256()), change);
    }
    assertNotEquals(
        spec("job.seed=1").sha256(),
        new PinnedJob(spec("job.seed=1").recipe(), "f".repeat(64), Optional.empty()).sha256());
    assertNotEquals(
        spec("job.seed=1").sha256(),
        new PinnedJob(spec("job.seed=1").recipe(), DATA, Optional.of(DATA)).sha256());
  }

  @Test
  void refusesTextsOfAnotherVersion() {
    String text = spec("job.seed=1").canonicalText();
    List<String> others =
        List.of(
            text.replace("version 3", "version 4"),
            text + "job.dropout=0.1\n",
            text.replace("job.shards=4\n", ""),
            text.replace("job.model.vocabulary=256\n", ""),
            text.replace("job.seed=1", "job.seed=\"1\""),
            text.replace("job.data.sha256=" + DATA + "\n", ""),
            "");
    for (String other : others) {
      assertThrows(ConfigFaults.class, () -> PinnedJob.parse(other), other);
    }
  }

  @Test
  void refusesDataOtherThanThePinned() {
    JobConfig job = config(List.of("job.data.sha256=" + DATA)).requireJob();
    assertEquals(DATA, job.withData(DATA, 256).dataSha256());
    String refusal =
        assertThrows(ConfigFaults.class, () -> job.withData("f".repeat(64), 256)).text();
    assertTrue(refusal.startsWith("the prepared data must have the hash"), refusal);
    assertThrows(
        IllegalArgumentException.class, () -> new PinnedJob(job.recipe(), "F00", Optional.empty()));
  }

  @Test
  void takesTheVocabularyOfTheDataOrALargerOne() {
    JobConfig plain = config(List.of()).requireJob();
    assertEquals(320, plain.withData(DATA, 320).recipe().model().vocabulary().getAsInt());
    JobConfig larger = config(List.of("job.model.vocabulary=512")).requireJob();
    assertEquals(512, larger.withData(DATA, 320).recipe().model().vocabulary().getAsInt());
    String refusal = assertThrows(ConfigFaults.class, () -> larger.withData(DATA, 513)).text();
    assertTrue(refusal.startsWith("the model must know all tokens of the data (513)"), refusal);
  }

  @Test
  void derivesTheSizesOfAFamilyAndRefusesThoseItLacks() {
    List<String> llama =
        List.of(
            "job.model.family=llama",
            "job.model.key-heads=2",
            "job.model.head=separate",
            "job.model.precision=bf16",
            "job.model.dropout=0.1");
    ModelConfig model = config(llama).requireJob().recipe().model();
    assertEquals(384, model.inner());
    assertEquals(2, model.keyHeads());
    List<List<String>> refused =
        List.of(
            List.of("job.model.key-heads=2"),
            List.of("job.model.inner=500"),
            List.of("job.model.head=separate"),
            List.of("job.model.family=llama", "job.model.key-heads=3"),
            List.of("job.model.family=llama", "job.model.width=132"));
    for (List<String> overrides : refused) {
      assertThrows(ConfigFaults.class, () -> config(overrides), overrides::toString);
    }
  }

  @Test
  void givesTheLastFifthToTheDecayAndRefusesPhasesThatDoNotFit() {
    ScheduleConfig auto = schedule("job.schedule.shape=wsd");
    assertEquals(60, auto.decaySteps());
    assertEquals(
        299, schedule("job.schedule.shape=wsd", "job.schedule.decay-steps=299").decaySteps());
    assertEquals(0, schedule("job.schedule.shape=constant").decaySteps());
    PinnedJob spec =
        config(List.of("job.schedule.shape=wsd", "job.schedule.decay-curve=minus-sqrt"))
            .requireJob()
            .withData(DATA, 256);
    assertEquals(spec, PinnedJob.parse(spec.canonicalText()));
    refuses(
        "must leave room for job.schedule.warmup-steps (10) within job.steps (300), and is 291: job.schedule.decay-steps=291, at=override; hint: at most 290, or shorten the warm-up",
        "job.schedule.shape=wsd",
        "job.schedule.warmup-steps=10",
        "job.schedule.decay-steps=291");
    refuses(
        "must leave room for job.schedule.warmup-steps (250) within job.steps (300), and is 60: job.schedule.decay-steps=auto, at=default; hint: at most 50, or shorten the warm-up",
        "job.schedule.shape=wsd",
        "job.schedule.warmup-steps=250");
    refuses(
        "must be auto in all shapes but wsd: job.schedule.decay-steps=5, at=override; hint: set job.schedule.shape = wsd",
        "job.schedule.decay-steps=5");
    refuses(
        "must be at least 1 in shape wsd: job.schedule.decay-steps=0, at=override; hint: leave it at auto for a fifth of the steps",
        "job.schedule.shape=wsd",
        "job.schedule.decay-steps=0");
  }

  @Test
  void saysHowPositionsAreStretchedAndNothingWhereTheyAreNot() {
    PinnedJob plain = spec("job.model.family=llama");
    assertFalse(plain.canonicalText().contains("rotary-scaling"));
    Set<PinnedJob> jobs = new HashSet<>(Set.of(plain));
    for (List<String> stretched :
        List.of(
            List.of("job.model.rotary-scaling=linear", "job.model.rotary-factor=4"),
            List.of("job.model.rotary-scaling=linear", "job.model.rotary-factor=8"),
            List.of("job.model.rotary-scaling=llama3", "job.model.rotary-factor=8"),
            List.of("job.model.rotary-scaling=llama3", "job.model.rotary-high-turns=5"),
            List.of("job.model.rotary-scaling=llama3", "job.model.rotary-low-turns=2"),
            List.of("job.model.rotary-scaling=llama3", "job.model.rotary-old-context=64"))) {
      List<String> overrides = new ArrayList<>(List.of("job.model.family=llama"));
      overrides.addAll(stretched);
      PinnedJob job = config(overrides).requireJob().withData(DATA, 256);
      assertTrue(jobs.add(job), stretched::toString);
      assertEquals(job, PinnedJob.parse(job.canonicalText()));
    }
    refuses(
        "must be 1 where job.model.rotary-scaling is none: job.model.rotary-factor=2, at=override; hint: leave it out, or say how positions are stretched: linear or llama3",
        "job.model.family=llama",
        "job.model.rotary-factor=2");
    refuses(
        "must be none in family gpt2, whose positions do not turn: job.model.rotary-scaling=linear, at=override; hint: leave it out",
        "job.model.rotary-scaling=linear");
    refuses(
        "must be above job.model.rotary-low-turns (4.0): job.model.rotary-high-turns=4, at=default; hint: 4 and 1 are usual",
        "job.model.family=llama",
        "job.model.rotary-low-turns=4");
  }

  @Test
  void aStretchedModelIsTakenFromItsFolderUnlessTheJobSaysOtherwise() {
    String llama = "job.model.family=llama";
    ModelConfig found =
        config(List.of(llama, "job.model.rotary-scaling=linear", "job.model.rotary-factor=2"))
            .requireJob()
            .recipe()
            .model();
    JobConfig job = config(List.of("job.model.from=/srv/model")).requireJob();
    assertEquals(found, job.withModel(found, DATA).recipe().model());
    refusesModel(
        "must be that of the model in job.model.from (linear): job.model.rotary-scaling=none",
        found,
        llama,
        "job.model.rotary-scaling=none");
    refusesModel(
        "must be that of the model in job.model.from (2.0): job.model.rotary-factor=4.0",
        found,
        llama,
        "job.model.rotary-scaling=linear",
        "job.model.rotary-factor=4");
  }

  @Test
  void givesMuonItsOwnMomentumUnlessToldOtherwise() {
    assertEquals(0.9, spec("job.optimizer.kind=sgd").recipe().optimizer().momentum());
    PinnedJob muon = spec("job.optimizer.kind=muon");
    assertEquals(0.95, muon.recipe().optimizer().momentum());
    assertEquals(muon, PinnedJob.parse(muon.canonicalText()));
    assertEquals(
        0.8,
        config(List.of("job.optimizer.kind=muon", "job.optimizer.momentum=0.8"))
            .requireJob()
            .recipe()
            .optimizer()
            .momentum());
    refuses(
        "must be a number of at least 0 and below 1: job.optimizer.momentum=1, at=override; hint: leave it at auto; 0 is none",
        "job.optimizer.momentum=1");
  }

  @Test
  void takesTheModelOfAFolderAndItsHashButNotItsPath() {
    String llama = "job.model.family=llama";
    ModelConfig found = config(List.of(llama, "job.model.layers=7")).requireJob().recipe().model();
    JobConfig job = config(List.of("job.model.from=/srv/model")).requireJob();
    assertEquals(Optional.of(Path.of("/srv/model")), job.first().folder());
    PinnedJob pinned = job.withModel(found, DATA).withData(DATA, 256);
    assertEquals(found.withVocabulary(256), pinned.recipe().model());
    assertEquals(Optional.of(DATA), pinned.firstSha256());
    assertFalse(pinned.canonicalText().contains("srv"));
    assertEquals(pinned, PinnedJob.parse(pinned.canonicalText()));

    JobConfig agreeing =
        config(List.of(llama, "job.model.layers=7", "job.model.context=64")).requireJob();
    assertEquals(64, agreeing.withModel(found, DATA).recipe().model().context());
    refusesModel(
        "must be that of the model in job.model.from (7): job.model.layers=6",
        found,
        llama,
        "job.model.layers=6");
    refusesModel(
        "must be that of the model in job.model.from (128)", found, "job.model.context=129");
    refusesModel(
        "the first parameters must have the hash", found, "job.model.sha256=" + "f".repeat(64));
  }

  private static void refusesModel(String rule, ModelConfig found, String... overrides) {
    JobConfig job = config(List.of(overrides)).requireJob();
    ModelConfig mine = job.recipe().model();
    ModelConfig like =
        new ModelConfig(
            found.family(),
            found.layers(),
            found.heads(),
            found.keyHeads(),
            found.width(),
            found.inner(),
            found.context(),
            found.vocabulary(),
            found.head(),
            found.rotary(),
            found.normEpsilon(),
            mine.dropout(),
            mine.precision());
    String text = assertThrows(ConfigFaults.class, () -> job.withModel(like, DATA)).text();
    assertTrue(text.startsWith(rule), text);
  }

  private static ScheduleConfig schedule(String... overrides) {
    return config(List.of(overrides)).requireJob().recipe().schedule();
  }

  private static void refuses(String text, String... overrides) {
    assertEquals(
        text, assertThrows(ConfigFaults.class, () -> config(List.of(overrides))).text().strip());
  }

  @Test
  void whatAJobLeavesOnTheWayIsNoPartOfIt() {
    assertEquals(
        spec("job.seed=1"),
        config(List.of("job.seed=1", "job.snapshots.every=9")).requireJob().withData(DATA, 256));
    assertEquals(
        new SnapshotConfig(9, 2),
        config(List.of("job.snapshots.every=9", "job.snapshots.keep=2")).requireJob().snapshots());
    assertEquals(new SnapshotConfig(0, 3), config(List.of()).requireJob().snapshots());
    List<String> evaluated =
        List.of("job.seed=1", "job.evaluate.every=50", "job.evaluate.tokens=4096");
    assertEquals(spec("job.seed=1"), config(evaluated).requireJob().withData(DATA, 256));
    assertEquals(new EvaluationConfig(50, 4096, 0), config(evaluated).requireJob().evaluation());
  }

  @Test
  void aJobThatIsNotEvaluatedOnTheWayCannotEndByThat() {
    String fault =
        assertThrows(ConfigFaults.class, () -> config(List.of("job.evaluate.stop-after=2"))).text();
    assertTrue(
        fault.contains("must be 0 where versions are not evaluated on the way"), () -> fault);
    assertTrue(fault.contains("job.evaluate.stop-after=2"), () -> fault);
    assertTrue(fault.contains("hint: set job.evaluate.every"), () -> fault);
  }

  @Test
  void howMuchIsAuditedIsNoPartOfAJob() {
    assertEquals(
        spec("job.seed=1"),
        config(List.of("job.seed=1", "job.audit.fraction=1")).requireJob().withData(DATA, 256));
    assertEquals(0.05, config(List.of("job.audit.fraction=0.05")).requireJob().auditFraction(), 0);
    assertEquals(0, config(List.of()).requireJob().auditFraction(), 0);
    String fault =
        assertThrows(ConfigFaults.class, () -> config(List.of("job.audit.fraction=1.5"))).text();
    assertTrue(fault.contains("job.audit.fraction"), fault);
  }

  private static PinnedJob spec(String override) {
    return config(List.of(override)).requireJob().withData(DATA, 256);
  }

  private static SampoConfig config(List<String> overrides) {
    List<String> all = new ArrayList<>(List.of("job.name=demo", "job.steps=300"));
    all.addAll(overrides);
    return SampoConfig.load(List.<Path>of(), all, new Machine(2, 4L << 30));
  }
}
