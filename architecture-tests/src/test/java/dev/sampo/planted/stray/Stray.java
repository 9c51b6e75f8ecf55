package dev.sampo.planted.stray;

/** Breaks a rule on purpose. */
public record Stray(int value) {}
