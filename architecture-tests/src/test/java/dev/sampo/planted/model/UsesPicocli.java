package dev.sampo.planted.model;

import picocli.CommandLine;

/** Breaks a rule on purpose. */
public record UsesPicocli(CommandLine used) {}
