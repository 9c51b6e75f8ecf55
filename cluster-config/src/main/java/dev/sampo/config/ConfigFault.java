package dev.sampo.config;

import java.util.Objects;

/**
 * One thing wrong with a configuration.
 *
 * @param path the full key, such as {@code job.steps}; or {@code file} where a file itself is at
 *     fault
 * @param value what was found there, on one line
 * @param rule the rule that it breaks, in lower case
 * @param hint what to do about it
 * @param origin where it stands: {@code file:line}, {@code override} or {@code default}
 */
public record ConfigFault(String path, String value, String rule, String hint, String origin) {
  private static final int LONGEST_VALUE = 80;

  /** Keeps every part on one line, whatever the file held: a fault is one line, always. */
  public ConfigFault {
    path = oneLine(path);
    value = shortened(oneLine(value));
    rule = oneLine(rule);
    hint = oneLine(hint);
    origin = oneLine(origin);
  }

  /** The fault as a line for people: {@code rule: path=value, at=origin; hint: hint}. */
  public String line() {
    return rule + ": " + path + "=" + value + ", at=" + origin + "; hint: " + hint;
  }

  private static String oneLine(String text) {
    return Objects.requireNonNull(text).replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
  }

  private static String shortened(String text) {
    return text.length() <= LONGEST_VALUE ? text : text.substring(0, LONGEST_VALUE - 3) + "...";
  }
}
