package dev.sampo.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sampo.device.Precision;
import dev.sampo.device.cpu.GemmChoice.Libraries;
import dev.sampo.device.cpu.GemmChoice.Wanted;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class GemmChoiceTest {
  private static final String BF16_PROCESSOR = "flags : avx512_bf16";
  private static final Supplier<AmxKernel> NO_AMX = missing("the processor has no AMX");
  private static final Supplier<Gemm> NO_ONEDNN = missing("no oneDNN for this platform");
  private static final Supplier<Gemm> NO_OPENBLAS = missing("no OpenBLAS for this platform");

  /** Without AMX, where that is what an f32 device takes. */
  static CpuDevice openOneDnn(int threads) {
    return CpuDevice.open(
        threads,
        Precision.F32,
        GemmChoice.make(Precision.F32, Wanted.ONEDNN, "", Libraries.OF_THIS_PROCESS));
  }

  private static Gemm oneDnn() {
    return DnnlGemm.open(DnnlLibrary.load());
  }

  private static Gemm openBlas() {
    return OpenBlasGemm.open(OpenBlasLibrary.load());
  }

  private static <T> Supplier<T> missing(String reason) {
    return () -> {
      throw new UnsatisfiedLinkError(reason);
    };
  }

  private static GemmChoice make(Precision precision, Wanted wanted, Libraries libraries) {
    GemmChoice choice = GemmChoice.make(precision, wanted, BF16_PROCESSOR, libraries);
    choice.gemm().close();
    return choice;
  }

  @Test
  void takesOpenBlasWhereOneDnnDoesNotLoadAndSaysWhy() {
    Libraries libraries = new Libraries(NO_AMX, NO_ONEDNN, GemmChoiceTest::openBlas);
    GemmChoice choice = make(Precision.F32, Wanted.AUTO, libraries);
    assertEquals("openblas", choice.name());
    assertTrue(choice.reason().contains("no oneDNN for this platform"), choice::reason);
    assertTrue(choice.fallback());
    // OpenBLAS has no products of bf16.
    assertEquals("vector", make(Precision.BF16, Wanted.AUTO, libraries).gemm().name());
  }

  @Test
  void takesTheLoopWhereNothingLoadsAndSaysWhy() {
    GemmChoice choice =
        make(Precision.F32, Wanted.AUTO, new Libraries(NO_AMX, NO_ONEDNN, NO_OPENBLAS));
    assertEquals("vector", choice.name());
    assertTrue(choice.reason().contains("no oneDNN for this platform"), choice::reason);
    assertTrue(choice.reason().contains("no OpenBLAS for this platform"), choice::reason);
  }

  @Test
  void takesWhatIsAskedFor() {
    Libraries both = new Libraries(NO_AMX, GemmChoiceTest::oneDnn, GemmChoiceTest::openBlas);
    assertEquals("onednn", make(Precision.F32, Wanted.AUTO, both).gemm().name());
    assertEquals("onednn", make(Precision.F32, Wanted.ONEDNN, both).gemm().name());
    assertEquals("openblas", make(Precision.F32, Wanted.OPENBLAS, both).gemm().name());
    assertEquals("vector", make(Precision.F32, Wanted.VECTOR, both).gemm().name());
  }

  @Test
  void saysWhyAProcessorsTilesAreNotUsed() {
    Libraries libraries =
        new Libraries(missing("the system gives no tiles"), GemmChoiceTest::oneDnn, NO_OPENBLAS);
    GemmChoice choice = GemmChoice.make(Precision.F32, Wanted.AUTO, "flags : amx_bf16", libraries);
    choice.gemm().close();
    assertEquals("onednn", choice.name());
    assertTrue(choice.reason().contains("no AMX, because the system gives"), choice::reason);
    assertTrue(choice.fallback());
  }

  @Test
  void takesAmxForF32WhereItIs() {
    assumeTrue(AmxTest.missing().isEmpty(), AmxTest.missing());
    Libraries all =
        new Libraries(AmxKernel::load, GemmChoiceTest::oneDnn, GemmChoiceTest::openBlas);
    GemmChoice choice = make(Precision.F32, Wanted.AUTO, all);
    assertEquals("amx", choice.name());
    assertEquals("onednn", choice.gemm().name());
    assertTrue(choice.reason().contains("small ones by oneDNN"), choice::reason);
    assertEquals("amx", make(Precision.F32, Wanted.AMX, all).name());
    assertEquals("onednn", make(Precision.F32, Wanted.ONEDNN, all).name());
    assertEquals("onednn", make(Precision.BF16, Wanted.AUTO, all).name());
  }

  @Test
  void refusesWhatIsAskedForAndNotToBeHad() {
    assertRefused(Precision.F32, Wanted.AMX, "reason=the processor has no AMX");
    assertRefused(Precision.BF16, Wanted.AMX, "reason=it multiplies f32 only");
    assertRefused(Precision.F32, Wanted.ONEDNN, "reason=no oneDNN for this platform");
    assertRefused(Precision.F32, Wanted.OPENBLAS, "reason=no OpenBLAS for this platform");
    assertRefused(Precision.BF16, Wanted.OPENBLAS, "reason=it multiplies f32 only");
    IllegalArgumentException unknown =
        assertThrows(IllegalArgumentException.class, () -> Wanted.parse("mkl"));
    assertTrue(unknown.toString().contains("sampo.device.gemm=mkl"), unknown::toString);
  }

  private static void assertRefused(Precision precision, Wanted wanted, String part) {
    Libraries none = new Libraries(NO_AMX, NO_ONEDNN, NO_OPENBLAS);
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> make(precision, wanted, none));
    assertTrue(refusal.toString().contains(part), refusal::toString);
    assertTrue(refusal.toString().contains("hint:"), refusal::toString);
  }
}
