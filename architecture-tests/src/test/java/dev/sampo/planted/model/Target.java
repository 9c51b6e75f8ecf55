package dev.sampo.planted.model;

/** Something to depend on. */
public record Target(int value) {}
