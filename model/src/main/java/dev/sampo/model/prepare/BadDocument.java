package dev.sampo.model.prepare;

import java.io.IOException;

/** A document, or a place in one, cannot be used: the input's fault, not the disk's. */
public final class BadDocument extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * @param document which
   * @param line in which line, from 1; 0 if it has no lines
   * @param reason the rule that it breaks
   */
  BadDocument(String document, long line, String reason) {
    super(
        "a document cannot be used: document=%s%s, reason=%s; hint: mend it, or leave such out with --skip-bad"
            .formatted(document, line > 0 ? ", line=" + line : "", reason));
  }
}
