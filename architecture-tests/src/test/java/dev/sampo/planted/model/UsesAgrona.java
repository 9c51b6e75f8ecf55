package dev.sampo.planted.model;

import org.agrona.DirectBuffer;

/** Breaks a rule on purpose. */
public record UsesAgrona(DirectBuffer used) {}
