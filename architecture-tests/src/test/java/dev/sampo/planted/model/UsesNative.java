package dev.sampo.planted.model;

import org.jocl.StandIn;

/** Breaks a rule on purpose. */
public record UsesNative(StandIn used) {}
