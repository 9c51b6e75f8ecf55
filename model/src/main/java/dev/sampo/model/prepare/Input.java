package dev.sampo.model.prepare;

import java.io.IOException;

/** One file of the inputs, of one kind. */
interface Input {
  /** The file as it lies on the disk. */
  long bytes() throws IOException;

  /**
   * Hands all documents to the sink, in an order that does not depend on the machine.
   *
   * @throws IOException if the file cannot be opened; what is wrong inside goes to the sink
   */
  void read(DocumentSink sink) throws IOException;
}
