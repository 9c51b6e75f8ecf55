package dev.sampo.planted.simulation;

import dev.sampo.planted.launcher.Target;

/** Breaks a rule on purpose. */
public record UsesLauncher(Target target) {}
