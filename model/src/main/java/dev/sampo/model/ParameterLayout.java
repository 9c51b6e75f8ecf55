package dev.sampo.model;

import dev.sampo.model.ParameterTensor.Role;
import java.util.ArrayList;
import java.util.List;

/** The tensors of a model, one after another without gaps, as ranges of one flat f32 vector. */
public final class ParameterLayout {
  private final List<ParameterTensor> tensors;
  private final long total;

  private ParameterLayout(List<ParameterTensor> tensors, long total) {
    this.tensors = List.copyOf(tensors);
    this.total = total;
  }

  /** Number of elements of the flat vector. */
  public long total() {
    return total;
  }

  /**
   * Where the first of the tensors begins whose names begin so, such as those of one layer.
   *
   * @throws IllegalArgumentException if there is none
   */
  public long first(String prefix) {
    return tensors.stream()
        .filter(tensor -> tensor.name().startsWith(prefix))
        .mapToLong(ParameterTensor::offset)
        .min()
        .orElseThrow(() -> new IllegalArgumentException("no tensor's name begins so: " + prefix));
  }

  /** The tensors in the order of the flat vector. */
  public List<ParameterTensor> tensors() {
    return tensors;
  }

  /**
   * The tensor of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public ParameterTensor tensor(String name) {
    return tensors.stream()
        .filter(tensor -> tensor.name().equals(name))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("no such tensor in the layout: name=" + name));
  }

  /**
   * The parts of [from, to) that weight decay touches, relative to {@code from}, in order and
   * joined where they meet: what an optimizer step over that part of the vector needs to know.
   */
  public List<Range> decayed(long from, long to) {
    checkRange(from, to);
    List<Range> ranges = new ArrayList<>();
    for (ParameterTensor tensor : tensors) {
      long start = Math.max(from, tensor.offset()) - from;
      long end = Math.min(to, tensor.end()) - from;
      if (!tensor.decayed() || start >= end) {
        continue;
      }
      if (!ranges.isEmpty() && ranges.getLast().to() == start) {
        ranges.set(ranges.size() - 1, new Range(ranges.getLast().from(), end));
      } else {
        ranges.add(new Range(start, end));
      }
    }
    return List.copyOf(ranges);
  }

  /**
   * Refuses a range that is not inside the flat vector.
   *
   * @throws IllegalArgumentException with the numbers
   */
  public void checkRange(long from, long to) {
    if (from < 0 || to < from || to > total) {
      throw new IllegalArgumentException(
          "a parameter range lies in the flat vector: from=%d, to=%d, total=%d"
              .formatted(from, to, total));
    }
  }

  /** Collects tensors in the order of the flat vector. */
  public static final class Builder {
    private final List<ParameterTensor> tensors = new ArrayList<>();
    private long total;

    /** Adds a matrix or a table. */
    public Builder matrix(String name, int rows, int columns, Role role) {
      tensors.add(new ParameterTensor(name, total, rows, columns, role));
      total = tensors.getLast().end();
      return this;
    }

    /** Adds a vector. */
    public Builder vector(String name, int length, Role role) {
      return matrix(name, 1, length, role);
    }

    /** The layout of what was added. */
    public ParameterLayout build() {
      return new ParameterLayout(tensors, total);
    }
  }
}
