package dev.sampo.planted.parameter;

/** Something to depend on. */
public record Target(int value) {}
