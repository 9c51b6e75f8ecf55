package dev.sampo.planted.protocol;

/** Something to depend on. */
public record Target(int value) {}
