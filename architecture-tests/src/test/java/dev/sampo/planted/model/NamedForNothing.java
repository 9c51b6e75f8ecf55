package dev.sampo.planted.model;

/** Holds a name that says nothing, and so breaks a rule on purpose. */
public record NamedForNothing(Manager value) {
  /** What it manages nobody knows. */
  public record Manager(int value) {}
}
