package dev.sampo.device.cpu;

import dev.sampo.device.AttentionShape;
import dev.sampo.device.Device;
import dev.sampo.device.Dropout;
import dev.sampo.device.EmbeddingShape;
import dev.sampo.device.MatMul;
import dev.sampo.device.Operand;
import dev.sampo.device.Rows;

/**
 * Every forward kernel once more, in double and as plain as it can be said: what the fast ones
 * mean.
 */
final class Reference {
  private Reference() {}

  static double[] matMul(MatMul shape, double[] a, double[] b) {
    double[] c = new double[shape.m() * shape.n()];
    for (int i = 0; i < shape.m(); i++) {
      for (int j = 0; j < shape.n(); j++) {
        double sum = 0;
        for (int k = 0; k < shape.k(); k++) {
          sum += a[indexA(shape, i, k)] * b[indexB(shape, k, j)];
        }
        c[i * shape.n() + j] = sum;
      }
    }
    return c;
  }

  static int indexA(MatMul shape, int i, int k) {
    return shape.a() == Operand.PLAIN ? i * shape.k() + k : k * shape.m() + i;
  }

  static int indexB(MatMul shape, int k, int j) {
    return shape.b() == Operand.PLAIN ? k * shape.n() + j : j * shape.k() + k;
  }

  static double[] gelu(double[] x) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      double u = StrictMath.sqrt(2 / StrictMath.PI) * (x[i] + 0.044715 * x[i] * x[i] * x[i]);
      y[i] = 0.5 * x[i] * (1 + StrictMath.tanh(u));
    }
    return y;
  }

  static double[] layerNorm(Rows shape, double[] x, double[] gain, double[] bias) {
    int width = shape.width();
    double[] y = new double[x.length];
    for (int row = 0; row < shape.rows(); row++) {
      double mean = 0;
      for (int j = 0; j < width; j++) {
        mean += x[row * width + j] / width;
      }
      double variance = 0;
      for (int j = 0; j < width; j++) {
        double deviation = x[row * width + j] - mean;
        variance += deviation * deviation / width;
      }
      double scale = 1 / StrictMath.sqrt(variance + Device.LAYER_NORM_EPSILON);
      for (int j = 0; j < width; j++) {
        y[row * width + j] = (x[row * width + j] - mean) * scale * gain[j] + bias[j];
      }
    }
    return y;
  }

  /** Attention; what {@code dropout} drops of the weights is the mask's to say. */
  static double[] attention(AttentionShape shape, Dropout dropout, double[] qkv) {
    double[] out = new double[Math.toIntExact(shape.outputElements())];
    int in = shape.inputWidth();
    int group = shape.heads() / shape.keyValueHeads();
    for (int sequence = 0; sequence < shape.batch(); sequence++) {
      for (int head = 0; head < shape.heads(); head++) {
        int start = sequence * shape.context() * in;
        int query = start + head * shape.headWidth();
        int key = start + (shape.heads() + head / group) * shape.headWidth();
        int value = key + shape.keyValueHeads() * shape.headWidth();
        for (int i = 0; i < shape.context(); i++) {
          double[] weights = weights(shape, qkv, query, key, i);
          long scoreRow = ((long) sequence * shape.heads() + head) * shape.context() + i;
          drop(dropout, DropoutMask.rowKey(dropout, scoreRow), weights);
          int row = (sequence * shape.context() + i) * shape.width() + head * shape.headWidth();
          for (int j = 0; j <= i; j++) {
            for (int d = 0; d < shape.headWidth(); d++) {
              out[row + d] += weights[j] * qkv[value + j * in + d];
            }
          }
        }
      }
    }
    return out;
  }

  private static void drop(Dropout dropout, int rowKey, double[] row) {
    for (int j = 0; j < row.length; j++) {
      row[j] = DropoutMask.keeps(dropout, rowKey, j) ? row[j] / (1 - dropout.rate()) : 0;
    }
  }

  private static double[] weights(AttentionShape shape, double[] qkv, int query, int key, int i) {
    int in = shape.inputWidth();
    double[] weights = new double[i + 1];
    double total = 0;
    for (int j = 0; j <= i; j++) {
      double score = 0;
      for (int d = 0; d < shape.headWidth(); d++) {
        score += qkv[query + i * in + d] * qkv[key + j * in + d];
      }
      weights[j] = StrictMath.exp(score / StrictMath.sqrt(shape.headWidth()));
      total += weights[j];
    }
    for (int j = 0; j <= i; j++) {
      weights[j] /= total;
    }
    return weights;
  }

  static double[] embed(
      EmbeddingShape shape, int[] tokens, double[] tokenTable, double[] positionTable) {
    double[] x = new double[tokens.length * shape.width()];
    for (int row = 0; row < tokens.length; row++) {
      for (int j = 0; j < shape.width(); j++) {
        x[row * shape.width() + j] =
            tokenTable[tokens[row] * shape.width() + j]
                + positionTable[row % shape.context() * shape.width() + j];
      }
    }
    return x;
  }

  static double[] crossEntropy(Rows shape, double[] logits, int[] targets) {
    double[] losses = new double[shape.rows()];
    for (int row = 0; row < shape.rows(); row++) {
      double total = 0;
      for (int j = 0; j < shape.width(); j++) {
        total += StrictMath.exp(logits[row * shape.width() + j]);
      }
      losses[row] = StrictMath.log(total) - logits[row * shape.width() + targets[row]];
    }
    return losses;
  }
}
