package dev.sampo.device;

import java.lang.foreign.MemorySegment;

/**
 * What a layer norm's backward pass needs of its forward pass.
 *
 * @param input the rows that were normalised, (rows, width)
 * @param statistics (rows, 2): each row's mean and reciprocal standard deviation
 */
public record Normalised(MemorySegment input, MemorySegment statistics) {}
