package dev.sampo.device.cpu;

import dev.sampo.device.EmbeddingShape;
import dev.sampo.device.GroupedShape;
import dev.sampo.device.RmsShape;
import dev.sampo.device.RotaryShape;
import dev.sampo.device.Rows;

/** The forward kernels of {@code RotaryKernels} once more, in double and as plain as can be. */
final class RotaryReference {
  private RotaryReference() {}

  static double[] rmsNorm(RmsShape shape, double[] x, double[] gain) {
    int width = shape.rows().width();
    double[] y = new double[x.length];
    for (int row = 0; row < shape.rows().rows(); row++) {
      double square = 0;
      for (int j = 0; j < width; j++) {
        square += x[row * width + j] * x[row * width + j] / width;
      }
      for (int j = 0; j < width; j++) {
        y[row * width + j] =
            x[row * width + j] / StrictMath.sqrt(square + shape.epsilon()) * gain[j];
      }
    }
    return y;
  }

  static double[] rotate(RotaryShape shape, double[] rows, double[] table) {
    double[] turned = rows.clone();
    int half = shape.headWidth() / 2;
    for (int row = 0; row < shape.rows(); row++) {
      for (int head = 0; head < shape.heads(); head++) {
        for (int j = 0; j < half; j++) {
          int a = row * shape.stride() + head * shape.headWidth() + j;
          int b = a + half;
          double cos = table[row % shape.context() * 2 * half + j];
          double sin = table[row % shape.context() * 2 * half + half + j];
          turned[a] = rows[a] * cos - rows[b] * sin;
          turned[b] = rows[b] * cos + rows[a] * sin;
        }
      }
    }
    return turned;
  }

  static double[] attention(GroupedShape shape, double[] qkv) {
    double[] out = new double[Math.toIntExact(shape.tokens() * shape.width())];
    int h = shape.headWidth();
    for (int token = 0; token < shape.tokens(); token++) {
      int first = token / shape.context() * shape.context();
      for (int head = 0; head < shape.heads(); head++) {
        int keyHead = shape.heads() + head / (shape.heads() / shape.keyHeads());
        double[] weights = new double[token - first + 1];
        double total = 0;
        for (int other = first; other <= token; other++) {
          double score = 0;
          for (int d = 0; d < h; d++) {
            score +=
                qkv[token * shape.packed() + head * h + d]
                    * qkv[other * shape.packed() + keyHead * h + d];
          }
          weights[other - first] = StrictMath.exp(score / StrictMath.sqrt(h));
          total += weights[other - first];
        }
        for (int other = first; other <= token; other++) {
          int value = other * shape.packed() + (keyHead + shape.keyHeads()) * h;
          for (int d = 0; d < h; d++) {
            out[token * shape.width() + head * h + d] +=
                weights[other - first] / total * qkv[value + d];
          }
        }
      }
    }
    return out;
  }

  static double[] siluGate(Rows shape, double[] gateUp) {
    double[] y = new double[Math.toIntExact(shape.elements())];
    for (int i = 0; i < y.length; i++) {
      int gate = i / shape.width() * 2 * shape.width() + i % shape.width();
      double g = gateUp[gate];
      y[i] = g / (1 + StrictMath.exp(-g)) * gateUp[gate + shape.width()];
    }
    return y;
  }

  static double[] embed(EmbeddingShape shape, int[] tokens, double[] table) {
    double[] x = new double[tokens.length * shape.width()];
    for (int i = 0; i < x.length; i++) {
      x[i] = table[tokens[i / shape.width()] * shape.width() + i % shape.width()];
    }
    return x;
  }
}
