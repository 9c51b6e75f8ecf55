package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sampo.device.Affine;
import dev.sampo.device.AttentionShape;
import dev.sampo.device.FloatVectors;
import dev.sampo.device.MatMul;
import dev.sampo.device.Normalised;
import dev.sampo.device.Rows;
import java.lang.foreign.MemorySegment;

/**
 * Prints the best time of each kernel at the shapes of a small GPT; by hand, no part of the build.
 * Arguments: threads, rows, width, context, heads.
 */
final class KernelTimes {
  private static final int ROUNDS = 3000;

  private KernelTimes() {}

  private static void time(String name, long work, String unit, Runnable kernel) {
    long best = Long.MAX_VALUE;
    for (int i = 0; i < ROUNDS; i++) {
      long start = System.nanoTime();
      kernel.run();
      best = Math.min(best, System.nanoTime() - start);
    }
    System.out.printf("%-28s %9.1f us %8.1f %s%n", name, best / 1e3, (double) work / best, unit);
  }

  public static void main(String[] arguments) {
    int threads = Integer.parseInt(arguments[0]);
    int r = Integer.parseInt(arguments[1]);
    int c = Integer.parseInt(arguments[2]);
    int t = Integer.parseInt(arguments[3]);
    int heads = Integer.parseInt(arguments[4]);
    try (CpuDevice device = CpuDevice.open(threads)) {
      MemorySegment[] x = new MemorySegment[4];
      for (int i = 0; i < x.length; i++) {
        x[i] = device.allocate(Math.max(4L * r * c, 12L * c * c));
        for (long j = 0; j < x[i].byteSize() / 4; j++) {
          x[i].setAtIndex(JAVA_FLOAT, j, (float) Math.sin(j * 0.7 + i));
        }
      }
      for (int n : new int[] {c, 3 * c, 4 * c}) {
        for (MatMul shape :
            new MatMul[] {
              MatMul.plain(r, n, c),
              MatMul.transposedB(r, c, n),
              MatMul.transposedA(c, n, r),
              MatMul.plain(r, c, n)
            }) {
          time(
              shape.toString().substring(6),
              2L * shape.m() * shape.n() * shape.k(),
              "GFLOP/s",
              () -> device.matMul(shape, x[0], x[1], x[2]));
        }
      }
      long wide = 4L * r * c;
      time("gelu", wide, "G/s", () -> device.gelu(wide, x[0], x[1]));
      time("geluBackward", wide, "G/s", () -> device.geluBackward(wide, x[0], x[1], x[2]));
      long narrow = (long) r * c;
      time("add", narrow, "G/s", () -> device.add(narrow, x[0], x[1], x[2]));
      Rows rows = new Rows(r, c);
      time("sumRows wide", wide, "G/s", () -> device.sumRows(new Rows(r, 4 * c), x[0], x[1]));
      Affine affine = new Affine(x[1], x[2]);
      MemorySegment statistics = device.allocate(2L * r);
      time(
          "layerNorm", narrow, "G/s", () -> device.layerNorm(rows, x[0], affine, x[3], statistics));
      Normalised saved = new Normalised(x[0], statistics);
      time(
          "layerNormBackward",
          narrow,
          "G/s",
          () -> device.layerNormBackward(rows, saved, x[1], x[1], x[3], affine));
      AttentionShape attention = new AttentionShape(r / t, t, heads, c / heads);
      MemorySegment weights = device.allocate(attention.weightElements());
      long flops = 4 * attention.weightElements() * attention.headWidth();
      time("attention", flops, "GFLOP/s", () -> device.attention(attention, x[0], weights, x[1]));
      time(
          "attentionBackward",
          2 * flops,
          "GFLOP/s",
          () -> device.attentionBackward(attention, x[0], weights, x[1], x[2]));
      Rows logits = new Rows(r, Math.min(256, 4 * c));
      MemorySegment targets = device.allocate(r);
      time(
          "crossEntropy",
          logits.elements(),
          "G/s",
          () -> device.crossEntropy(logits, x[0], targets, x[1]));
      time("sumSquares", wide, "G/s", () -> FloatVectors.sumSquares(x[0]));
      time("allFinite", wide, "G/s", () -> FloatVectors.allFinite(x[0]));
      time("addVectors", wide, "G/s", () -> FloatVectors.add(x[2], x[0], x[1]));
    }
  }
}
