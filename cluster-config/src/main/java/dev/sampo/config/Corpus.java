package dev.sampo.config;

import java.nio.file.Path;
import java.util.List;

/** Where the text of a job comes from. Not part of the job's identity: its hash is. */
public sealed interface Corpus {
  /** The text that comes with Sampo. */
  record Shipped() implements Corpus {}

  /**
   * A folder that was prepared before.
   *
   * @param folder holds the tokens and their manifest
   */
  record Prepared(Path folder) implements Corpus {}

  /**
   * Files still to be prepared.
   *
   * @param files text files, archives or folders, taken in this order
   */
  record Inputs(List<Path> files) implements Corpus {
    /** Copies the list. */
    public Inputs {
      files = List.copyOf(files);
    }
  }
}
