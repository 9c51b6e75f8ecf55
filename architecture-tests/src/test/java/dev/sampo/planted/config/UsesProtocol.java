package dev.sampo.planted.config;

import dev.sampo.planted.protocol.Target;

/** Breaks a rule on purpose. */
public record UsesProtocol(Target target) {}
