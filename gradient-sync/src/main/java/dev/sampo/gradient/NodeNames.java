package dev.sampo.gradient;

import java.util.regex.Pattern;

/** The rule for node names: they become parts of folder and thread names. */
final class NodeNames {
  private static final Pattern ALLOWED = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  private NodeNames() {}

  static String check(String name) {
    if (!ALLOWED.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "a node's name has 1 to 64 letters, digits, dots, dashes or underscores and begins with a letter or digit: name="
              + name);
    }
    return name;
  }
}
