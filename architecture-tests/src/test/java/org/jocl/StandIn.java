package org.jocl;

/** Stands in for any class of the binding. */
public record StandIn(int value) {}
