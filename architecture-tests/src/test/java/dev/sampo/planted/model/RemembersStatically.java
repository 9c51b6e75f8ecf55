package dev.sampo.planted.model;

/** Breaks a rule on purpose. */
public final class RemembersStatically {
  static int last;

  private RemembersStatically() {}
}
