package dev.sampo.device;

import java.lang.foreign.MemorySegment;

/**
 * The gain and bias of a layer norm, or their gradients, each (width).
 *
 * @param gain multiplied with the normalised row
 * @param bias added after that
 */
public record Affine(MemorySegment gain, MemorySegment bias) {}
