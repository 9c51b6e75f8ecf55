package dev.sampo.model.prepare;

/** What is held out for validation: one in twenty. */
public enum SplitRule {
  /** Passages where all inputs are a few plain texts named one by one, else documents. */
  AUTO,
  /** Whole documents, by the hash of their names: one that is added moves no other. */
  DOCUMENTS,
  /** Passages of about 4 KiB: for a few long texts. */
  PASSAGES
}
