package dev.sampo.planted.actors;

import ch.qos.logback.classic.LoggerContext;

/** Breaks a rule on purpose. */
public record UsesLogback(LoggerContext used) {}
