package dev.sampo.planted.bench;

/** Something to depend on. */
public record Target(int value) {}
