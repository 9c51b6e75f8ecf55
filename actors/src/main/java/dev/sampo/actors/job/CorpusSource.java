package dev.sampo.actors.job;

import dev.sampo.model.text.Corpus;
import java.io.IOException;

/** Where a node finds the data of a job. */
public interface CorpusSource {
  /**
   * Opens the prepared corpus with this hash. May take its time: it may have to be prepared first.
   *
   * @throws IOException if this node has no such data, with a sentence that says what to do
   */
  Corpus open(String fingerprint) throws IOException;
}
