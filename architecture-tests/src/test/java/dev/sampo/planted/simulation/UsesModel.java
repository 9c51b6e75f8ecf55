package dev.sampo.planted.simulation;

import dev.sampo.planted.model.Target;

/** Breaks a rule on purpose. */
public record UsesModel(Target target) {}
