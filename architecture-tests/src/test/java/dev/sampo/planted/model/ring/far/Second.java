package dev.sampo.planted.model.ring.far;

import dev.sampo.planted.model.ring.First;

/** Breaks a rule on purpose. */
public record Second(Class<First> first) {}
