package dev.sampo.config;

/**
 * A rule that links settings.
 *
 * @param text the rule in lower case
 * @param hint what to do
 */
record Rule(String text, String hint) {}
