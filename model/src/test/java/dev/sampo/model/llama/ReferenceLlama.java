package dev.sampo.model.llama;

import dev.sampo.model.ParameterLayout;
import dev.sampo.model.ParameterTensor;
import dev.sampo.model.llama.LlamaShape.Head;

/** The forward pass of LLaMA in double, one token at a time, as plain as it can be said. */
final class ReferenceLlama {
  private final LlamaShape shape;
  private final ParameterLayout layout;

  ReferenceLlama(LlamaShape shape) {
    this.shape = shape;
    layout = shape.layout();
  }

  /** Mean loss in nats over sequences of context + 1 tokens. */
  double loss(double[] flat, int[][] windows) {
    double sum = 0;
    for (int[] window : windows) {
      double[][] x = new double[shape.context()][];
      for (int t = 0; t < x.length; t++) {
        x[t] = row(flat, "model.embed_tokens.weight", window[t]);
      }
      for (int layer = 0; layer < shape.layers(); layer++) {
        x = block(flat, "model.layers." + layer + ".", x);
      }
      for (int t = 0; t < x.length; t++) {
        sum += lossOf(flat, norm(flat, "model.norm", x[t]), window[t + 1]);
      }
    }
    return sum / (windows.length * shape.context());
  }

  private double lossOf(double[] flat, double[] x, int target) {
    String head = shape.head() == Head.TIED ? "model.embed_tokens" : "lm_head";
    double[] logits = linear(flat, head, x);
    double total = 0;
    for (double logit : logits) {
      total += StrictMath.exp(logit);
    }
    return StrictMath.log(total) - logits[target];
  }

  private double[][] block(double[] flat, String name, double[][] x) {
    double[][] q = new double[x.length][];
    double[][] k = new double[x.length][];
    double[][] v = new double[x.length][];
    double[][] out = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      double[] normal = norm(flat, name + "input_layernorm", x[t]);
      q[t] = turned(linear(flat, name + "self_attn.q_proj", normal), t);
      k[t] = turned(linear(flat, name + "self_attn.k_proj", normal), t);
      v[t] = linear(flat, name + "self_attn.v_proj", normal);
      double[] middle = add(x[t], linear(flat, name + "self_attn.o_proj", attend(q[t], k, v, t)));
      double[] inner = norm(flat, name + "post_attention_layernorm", middle);
      double[] gate = linear(flat, name + "mlp.gate_proj", inner);
      double[] up = linear(flat, name + "mlp.up_proj", inner);
      for (int i = 0; i < up.length; i++) {
        up[i] *= gate[i] / (1 + StrictMath.exp(-gate[i]));
      }
      out[t] = add(middle, linear(flat, name + "mlp.down_proj", up));
    }
    return out;
  }

  /** As the papers have it, the scaling written out: wavelengths against the old context. */
  private double[] turned(double[] x, int position) {
    int h = shape.headWidth();
    double[] y = x.clone();
    for (int first = 0; first < x.length; first += h) {
      for (int j = 0; j < h / 2; j++) {
        double frequency = scaled(1 / StrictMath.pow(shape.rotary().base(), 2.0 * j / h));
        double cos = StrictMath.cos(position * frequency);
        double sin = StrictMath.sin(position * frequency);
        y[first + j] = x[first + j] * cos - x[first + j + h / 2] * sin;
        y[first + j + h / 2] = x[first + j + h / 2] * cos + x[first + j] * sin;
      }
    }
    return y;
  }

  private double scaled(double frequency) {
    return switch (shape.rotary().scaling()) {
      case null -> frequency;
      case Rotary.Scaling.Linear(double factor) -> frequency / factor;
      case Rotary.Scaling.Llama3 llama3 -> scaled(llama3, frequency);
    };
  }

  private static double scaled(Rotary.Scaling.Llama3 s, double frequency) {
    double wavelength = 2 * StrictMath.PI / frequency;
    if (wavelength < s.oldContext() / s.highFrequencyFactor()) {
      return frequency;
    }
    if (wavelength > s.oldContext() / s.lowFrequencyFactor()) {
      return frequency / s.factor();
    }
    double smooth =
        (s.oldContext() / wavelength - s.lowFrequencyFactor())
            / (s.highFrequencyFactor() - s.lowFrequencyFactor());
    return (1 - smooth) * frequency / s.factor() + smooth * frequency;
  }

  private double[] attend(double[] q, double[][] k, double[][] v, int t) {
    int h = shape.headWidth();
    double[] out = new double[shape.width()];
    for (int head = 0; head < shape.heads(); head++) {
      int keyHead = head / (shape.heads() / shape.keyHeads());
      double[] weights = new double[t + 1];
      double total = 0;
      for (int s = 0; s <= t; s++) {
        double score = 0;
        for (int d = 0; d < h; d++) {
          score += q[head * h + d] * k[s][keyHead * h + d];
        }
        weights[s] = StrictMath.exp(score / StrictMath.sqrt(h));
        total += weights[s];
      }
      for (int s = 0; s <= t; s++) {
        for (int d = 0; d < h; d++) {
          out[head * h + d] += weights[s] / total * v[s][keyHead * h + d];
        }
      }
    }
    return out;
  }

  /** Rows of the matrix are outputs. */
  private double[] linear(double[] flat, String name, double[] x) {
    double[] y = new double[layout.tensor(name + ".weight").rows()];
    for (int i = 0; i < y.length; i++) {
      double[] weights = row(flat, name + ".weight", i);
      for (int j = 0; j < x.length; j++) {
        y[i] += weights[j] * x[j];
      }
    }
    return y;
  }

  private double[] norm(double[] flat, String name, double[] x) {
    double square = 0;
    for (double value : x) {
      square += value * value / x.length;
    }
    double[] y = row(flat, name + ".weight", 0);
    for (int j = 0; j < x.length; j++) {
      y[j] *= x[j] / StrictMath.sqrt(square + shape.epsilon());
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
}
