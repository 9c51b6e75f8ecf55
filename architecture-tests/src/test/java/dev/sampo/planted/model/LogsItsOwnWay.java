package dev.sampo.planted.model;

import java.util.logging.Logger;

/** Breaks a rule on purpose. */
public record LogsItsOwnWay(Logger logger) {}
