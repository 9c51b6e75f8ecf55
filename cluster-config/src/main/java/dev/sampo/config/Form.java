package dev.sampo.config;

import java.util.regex.Pattern;

/**
 * The form of a text.
 *
 * @param pattern what it must match
 * @param rule the same in words
 */
record Form(Pattern pattern, String rule) {
  static final Form PATH =
      new Form(Pattern.compile("(?s)[^\\x00]*[^\\x00\\s][^\\x00]*"), "must be a path");
  static final Form NAME =
      new Form(
          Pattern.compile("[a-z0-9][a-z0-9.-]{0,62}"),
          "must be a name of at most 63 letters a-z, digits, dots and hyphens");
}
