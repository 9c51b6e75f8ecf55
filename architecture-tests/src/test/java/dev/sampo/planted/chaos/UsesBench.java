package dev.sampo.planted.chaos;

import dev.sampo.planted.bench.Target;

/** Breaks a rule on purpose. */
public record UsesBench(Target target) {}
