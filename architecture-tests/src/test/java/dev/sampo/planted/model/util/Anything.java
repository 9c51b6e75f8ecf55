package dev.sampo.planted.model.util;

/** Breaks a rule on purpose. */
public record Anything(int value) {}
