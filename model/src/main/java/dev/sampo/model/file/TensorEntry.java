package dev.sampo.model.file;

import java.util.List;

/**
 * A tensor of a safetensors file, as its header tells and as was checked.
 *
 * @param name in the file
 * @param type of its numbers
 * @param shape sizes, none of them negative
 * @param from first byte, counted from the end of the header
 * @param to first byte after it
 */
record TensorEntry(String name, ElementType type, List<Integer> shape, long from, long to) {}
