package dev.sampo.model.prepare;

import java.io.IOException;
import java.io.InputStream;

/** Takes the documents of the inputs, one after another. */
interface DocumentSink {

  /**
   * A document of text.
   *
   * @param name the same wherever the input lies: it decides the side of the split
   * @param utf8 read to its end, not closed
   * @throws BadDocument if it is no text and bad documents are not to be skipped
   */
  void text(String name, InputStream utf8) throws IOException;

  /**
   * A piece of a file that holds tokens already.
   *
   * @param fate which side it belongs to, where its file says so
   */
  void tokens(String name, Fate fate, int[] tokens, int count) throws IOException;

  /**
   * A document, or all that is left of a file, that could not even be read.
   *
   * @throws BadDocument this one, if bad documents are not to be skipped
   */
  void bad(BadDocument reason) throws IOException;

  /** So many bytes of the inputs are behind us. */
  void passed(long bytes);

  /** Which side of the split a document belongs to. */
  enum Fate {
    /** Its name decides. */
    BY_NAME,
    TRAINING,
    VALIDATION
  }
}
