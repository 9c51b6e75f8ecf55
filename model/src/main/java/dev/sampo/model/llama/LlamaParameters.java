package dev.sampo.model.llama;

import dev.sampo.model.ParameterLayout;
import dev.sampo.model.ParameterTensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * All tensors as slices of one flat vector, of parameters or of their gradients. Made once for each
 * vector, so that a step allocates none.
 *
 * @param flat the vector
 * @param tokens (vocabulary, width)
 * @param blocks in order
 * @param norm before the output head
 * @param head (vocabulary, width): the token table if they are tied
 */
record LlamaParameters(
    MemorySegment flat,
    MemorySegment tokens,
    List<Block> blocks,
    MemorySegment norm,
    MemorySegment head) {

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

  static LlamaParameters of(LlamaShape shape, ParameterLayout layout, MemorySegment flat) {
    long bytes = layout.total() * Float.BYTES;
    if (flat.byteSize() != bytes || !flat.isNative()) {
      throw new IllegalArgumentException(
          "a flat vector is native memory of the layout's size: bytes=%d, wantedBytes=%d, native=%b"
              .formatted(flat.byteSize(), bytes, flat.isNative()));
    }
    List<Block> blocks = new ArrayList<>();
    for (int layer = 0; layer < shape.layers(); layer++) {
      blocks.add(block(layout, "model.layers." + layer + ".", flat));
    }
    MemorySegment tokens = one(layout, "model.embed_tokens.weight", flat);
    return new LlamaParameters(
        flat,
        tokens,
        List.copyOf(blocks),
        one(layout, "model.norm.weight", flat),
        switch (shape.head()) {
          case TIED -> tokens;
          case SEPARATE -> one(layout, "lm_head.weight", flat);
        });
  }

  private static Block block(ParameterLayout layout, String prefix, MemorySegment flat) {
    return new Block(
        one(layout, prefix + "input_layernorm.weight", flat),
        joined(
            layout, prefix + "self_attn.q_proj.weight", prefix + "self_attn.v_proj.weight", flat),
        one(layout, prefix + "self_attn.o_proj.weight", flat),
        one(layout, prefix + "post_attention_layernorm.weight", flat),
        joined(layout, prefix + "mlp.gate_proj.weight", prefix + "mlp.up_proj.weight", flat),
        one(layout, prefix + "mlp.down_proj.weight", flat));
  }

  private static MemorySegment one(ParameterLayout layout, String name, MemorySegment flat) {
    return joined(layout, name, name, flat);
  }

  /** From the start of one tensor to the end of another: they lie side by side. */
  private static MemorySegment joined(
      ParameterLayout layout, String first, String last, MemorySegment flat) {
    ParameterTensor from = layout.tensor(first);
    ParameterTensor to = layout.tensor(last);
    return flat.asSlice(from.offset() * Float.BYTES, (to.end() - from.offset()) * Float.BYTES);
  }
}
