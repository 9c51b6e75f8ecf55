package dev.sampo.planted.launcher;

import dev.sampo.planted.chaos.Target;

/** Breaks a rule on purpose. */
public record UsesChaos(Target target) {}
