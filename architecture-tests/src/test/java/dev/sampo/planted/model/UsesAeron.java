package dev.sampo.planted.model;

import io.aeron.Publication;

/** Breaks a rule on purpose. */
public record UsesAeron(Publication used) {}
