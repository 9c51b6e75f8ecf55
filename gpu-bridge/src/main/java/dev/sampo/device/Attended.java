package dev.sampo.device;

import java.lang.foreign.MemorySegment;

/**
 * What attention's backward pass needs of its forward pass.
 *
 * @param qkv activations: the input
 * @param statistics f32: of the rows of scores
 * @param out activations: the output
 */
public record Attended(MemorySegment qkv, MemorySegment statistics, MemorySegment out) {}
