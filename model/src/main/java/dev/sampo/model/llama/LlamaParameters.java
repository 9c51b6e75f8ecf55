package dev.sampo.model.llama;

import dev.sampo.model.FlatVectors;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * All tensors as slices of one flat vector: of parameters, whose matrices are in the device's
 * precision, or of their gradients, all f32. Made once for each vector, so that a step allocates
 * none.
 *
 * @param tokens f32 (vocabulary, width)
 * @param blocks in order
 * @param norm before the output head
 * @param head (vocabulary, width): the token table if they are tied, in the device's precision
 */
record LlamaParameters(
    MemorySegment tokens, List<Block> blocks, MemorySegment norm, MemorySegment head) {

  /**
   * One block's tensors.
   *
   * @param norm1 before attention
   * @param qkv ((heads + 2 keyHeads) headWidth, width): queries, keys, values
   * @param attended (width, width): from the heads to the residual stream
   * @param norm2 before the feed-forward part
   * @param gateUp (2 inner, width): gate, then up
   * @param down (width, inner)
   */
  record Block(
      MemorySegment norm1,
      MemorySegment qkv,
      MemorySegment attended,
      MemorySegment norm2,
      MemorySegment gateUp,
      MemorySegment down) {}

  static LlamaParameters of(LlamaShape shape, FlatVectors vectors) {
    List<Block> blocks = new ArrayList<>();
    for (int layer = 0; layer < shape.layers(); layer++) {
      blocks.add(block("model.layers." + layer + ".", vectors));
    }
    String tokens = "model.embed_tokens.weight";
    return new LlamaParameters(
        vectors.vector(tokens),
        List.copyOf(blocks),
        vectors.vector("model.norm.weight"),
        switch (shape.head()) {
          case TIED -> vectors.matrix(tokens);
          case SEPARATE -> vectors.matrix("lm_head.weight");
        });
  }

  private static Block block(String prefix, FlatVectors vectors) {
    String attention = prefix + "self_attn.";
    return new Block(
        vectors.vector(prefix + "input_layernorm.weight"),
        vectors.matrices(attention + "q_proj.weight", attention + "v_proj.weight"),
        vectors.matrix(attention + "o_proj.weight"),
        vectors.vector(prefix + "post_attention_layernorm.weight"),
        vectors.matrices(prefix + "mlp.gate_proj.weight", prefix + "mlp.up_proj.weight"),
        vectors.matrix(prefix + "mlp.down_proj.weight"));
  }
}
