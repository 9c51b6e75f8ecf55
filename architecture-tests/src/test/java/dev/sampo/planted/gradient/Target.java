package dev.sampo.planted.gradient;

/** Something to depend on. */
public record Target(int value) {}
