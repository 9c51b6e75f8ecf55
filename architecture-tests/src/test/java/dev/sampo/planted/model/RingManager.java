package dev.sampo.planted.model;

/** Breaks a rule on purpose. */
public record RingManager(int value) {}
