package dev.sampo.planted.parameter;

import dev.sampo.planted.gradient.Target;

/** Breaks a rule on purpose. */
public record UsesGradient(Target target) {}
