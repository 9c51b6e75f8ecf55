package dev.sampo.planted.launcher;

/** Something to depend on. */
public record Target(int value) {}
