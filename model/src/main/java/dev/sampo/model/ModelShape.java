package dev.sampo.model;

import dev.sampo.device.Device;
import dev.sampo.device.Precision;
import java.lang.foreign.MemorySegment;

/**
 * The sizes of a model of some family: all that is needed to lay out, fill, run and share its
 * parameters. Everything above this package sees models through this and {@link LanguageModel}.
 */
public interface ModelShape {
  /** Number of blocks. */
  int layers();

  /** Elements of an embedded token. */
  int width();

  /** Most tokens that the model sees at once. */
  int context();

  /** Number of distinct tokens. */
  int vocabulary();

  /** Where each tensor lies in the flat vector. */
  ParameterLayout layout();

  /** The family's first values. */
  Initialiser initialiser();

  /**
   * The model for micro-batches of so many sequences; its tensors live as long as the device.
   *
   * @param sequences sequences of every micro-batch
   */
  LanguageModel create(Device device, int sequences, ModelOptions options);

  /** As {@link #create(Device, int, ModelOptions)}, without dropout and with everything kept. */
  default LanguageModel create(Device device, int sequences) {
    return create(device, sequences, ModelOptions.PLAIN);
  }

  /** What {@link #create(Device, int, ModelOptions)} and one batch take of a device. */
  ModelMemory memory(int sequences, Precision precision, ModelOptions options);

  /**
   * A decoder of one sequence; its tensors live as long as the device.
   *
   * @param flat the parameters, read by every step; what it holds now counts on a device of less
   *     than f32, which keeps a rounded copy
   * @param capacity tokens of the sequence at most, 1 to {@link #context}
   */
  Decoder decoder(Device device, MemorySegment flat, int capacity);
}
