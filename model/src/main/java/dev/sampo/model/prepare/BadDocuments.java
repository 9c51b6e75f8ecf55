package dev.sampo.model.prepare;

import java.util.function.Consumer;

/** What happens to documents that cannot be used. */
final class BadDocuments {
  private final boolean skip;
  private final Consumer<BadDocument> told;
  private long count;

  /**
   * @param skip whether to go on without them
   * @param told hears of each that is left out
   */
  BadDocuments(boolean skip, Consumer<BadDocument> told) {
    this.skip = skip;
    this.told = told;
  }

  void add(BadDocument bad) throws BadDocument {
    if (!skip) {
      throw bad;
    }
    count++;
    told.accept(bad);
  }

  long count() {
    return count;
  }
}
