package dev.sampo.actors.job;

import dev.sampo.model.folder.FolderParameters;
import dev.sampo.model.text.Corpus;
import java.io.IOException;

/**
 * Where a node finds what a job is made of: its data, and its first parameters if it names some.
 */
public interface CorpusSource {
  /**
   * Opens the prepared corpus with this hash. May take its time: it may have to be prepared first.
   *
   * @throws IOException if this node has no such data, with a sentence that says what to do
   */
  Corpus open(String fingerprint) throws IOException;

  /**
   * Opens the model whose parameters have this hash; the caller's to close.
   *
   * @throws IOException if this node has no such model, with a sentence that says what to do
   */
  default FolderParameters parameters(String sha256) throws IOException {
    throw new IOException("a node needs the job's first parameters: job.model.sha256=" + sha256);
  }
}
