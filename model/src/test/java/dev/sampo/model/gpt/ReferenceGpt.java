package dev.sampo.model.gpt;

import dev.sampo.model.ParameterLayout;
import dev.sampo.model.ParameterTensor;

/** The forward pass of GPT-2 in double, one token at a time, as plain as it can be said. */
final class ReferenceGpt {
  private final GptShape shape;
  private final ParameterLayout layout;

  ReferenceGpt(GptShape shape) {
    this.shape = shape;
    layout = shape.layout();
  }

  /** Mean loss in nats over sequences of context + 1 tokens. */
  double loss(double[] flat, int[][] windows) {
    double sum = 0;
    for (int[] window : windows) {
      double[][] x = new double[shape.context()][];
      for (int t = 0; t < x.length; t++) {
        x[t] = add(row(flat, "wte.weight", window[t]), row(flat, "wpe.weight", t));
      }
      for (int layer = 0; layer < shape.layers(); layer++) {
        x = block(flat, "h." + layer + ".", x);
      }
      for (int t = 0; t < x.length; t++) {
        sum += lossOf(flat, norm(flat, "ln_f", x[t]), window[t + 1]);
      }
    }
    return sum / (windows.length * shape.context());
  }

  private double lossOf(double[] flat, double[] x, int target) {
    double total = 0;
    double ofTarget = 0;
    for (int token = 0; token < shape.vocabulary(); token++) {
      double logit = dot(x, row(flat, "wte.weight", token));
      total += StrictMath.exp(logit);
      ofTarget = token == target ? logit : ofTarget;
    }
    return StrictMath.log(total) - ofTarget;
  }

  private double[][] block(double[] flat, String name, double[][] x) {
    double[][] qkv = new double[x.length][];
    double[][] out = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      qkv[t] = linear(flat, name + "attn.c_attn", norm(flat, name + "ln_1", x[t]));
      double[] middle = add(x[t], linear(flat, name + "attn.c_proj", attend(qkv, t)));
      double[] up = linear(flat, name + "mlp.c_fc", norm(flat, name + "ln_2", middle));
      for (int i = 0; i < up.length; i++) {
        double u = StrictMath.sqrt(2 / StrictMath.PI) * (up[i] + 0.044715 * up[i] * up[i] * up[i]);
        up[i] = 0.5 * up[i] * (1 + StrictMath.tanh(u));
      }
      out[t] = add(middle, linear(flat, name + "mlp.c_proj", up));
    }
    return out;
  }

  private double[] attend(double[][] qkv, int t) {
    int width = shape.width();
    int headWidth = width / shape.heads();
    double[] out = new double[width];
    for (int first = 0; first < width; first += headWidth) {
      double[] weights = new double[t + 1];
      double total = 0;
      for (int s = 0; s <= t; s++) {
        double score = 0;
        for (int d = first; d < first + headWidth; d++) {
          score += qkv[t][d] * qkv[s][width + d];
        }
        weights[s] = StrictMath.exp(score / StrictMath.sqrt(headWidth));
        total += weights[s];
      }
      for (int s = 0; s <= t; s++) {
        for (int d = first; d < first + headWidth; d++) {
          out[d] += weights[s] / total * qkv[s][2 * width + d];
        }
      }
    }
    return out;
  }

  private double[] linear(double[] flat, String name, double[] x) {
    double[] y = row(flat, name + ".bias", 0);
    for (int i = 0; i < x.length; i++) {
      double[] weights = row(flat, name + ".weight", i);
      for (int j = 0; j < y.length; j++) {
        y[j] += x[i] * weights[j];
      }
    }
    return y;
  }

  private double[] norm(double[] flat, String name, double[] x) {
    double mean = 0;
    for (double value : x) {
      mean += value / x.length;
    }
    double variance = 0;
    for (double value : x) {
      variance += (value - mean) * (value - mean) / x.length;
    }
    double[] gain = row(flat, name + ".weight", 0);
    double[] y = row(flat, name + ".bias", 0);
    for (int j = 0; j < x.length; j++) {
      y[j] += (x[j] - mean) / StrictMath.sqrt(variance + 1e-5) * gain[j];
    }
    return y;
  }

  private double[] row(double[] flat, String name, int row) {
    ParameterTensor tensor = layout.tensor(name);
    int from = Math.toIntExact(tensor.offset()) + row * tensor.columns();
    double[] copy = new double[tensor.columns()];
    System.arraycopy(flat, from, copy, 0, copy.length);
    return copy;
  }

  private static double[] add(double[] a, double[] b) {
    double[] sum = a.clone();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += b[i];
    }
    return sum;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
