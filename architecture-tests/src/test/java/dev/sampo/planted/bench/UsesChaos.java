package dev.sampo.planted.bench;

import dev.sampo.planted.chaos.Target;

/** Breaks a rule on purpose. */
public record UsesChaos(Target target) {}
