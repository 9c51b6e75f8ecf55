package dev.sampo.planted.chaos;

/** Something to depend on. */
public record Target(int value) {}
