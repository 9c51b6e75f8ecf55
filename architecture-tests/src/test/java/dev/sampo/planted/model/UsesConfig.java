package dev.sampo.planted.model;

import com.typesafe.config.Config;

/** Breaks a rule on purpose. */
public record UsesConfig(Config used) {}
