package dev.sampo.planted.model.ring;

import dev.sampo.planted.model.ring.far.Second;

/** Breaks a rule on purpose. */
public record First(Second second) {}
