package dev.sampo.planted.model;

import dev.sampo.planted.parameter.Target;

/** Breaks a rule on purpose. */
public record UsesParameter(Target target) {}
