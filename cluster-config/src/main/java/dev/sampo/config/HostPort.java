package dev.sampo.config;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A host and a port, written {@code host:port}, with an IPv6 address in brackets.
 *
 * @param host name or address, without brackets
 * @param port 1 to 65535
 */
public record HostPort(String host, int port) {
  static final int HIGHEST_PORT = 65535;
  private static final Pattern FORM =
      Pattern.compile("(?:\\[([0-9A-Fa-f:.%]+)]|([^\\s:\\[\\]/]+)):([0-9]{1,5})");

  /** Checks the range of the port. */
  public HostPort {
    if (host.isBlank() || port < 1 || port > HIGHEST_PORT) {
      throw new IllegalArgumentException(
          "a host and a port of 1 to 65535 are needed: host=%s, port=%d; hint: write host:port"
              .formatted(host, port));
    }
  }

  /** Reads {@code host:port}; empty when the text is anything else. */
  public static Optional<HostPort> parse(String text) {
    Matcher form = FORM.matcher(text.strip());
    if (!form.matches()) {
      return Optional.empty();
    }
    int port = Integer.parseInt(form.group(3));
    if (port < 1 || port > HIGHEST_PORT) {
      return Optional.empty();
    }
    String host = form.group(1) != null ? form.group(1) : form.group(2);
    return Optional.of(new HostPort(host, port));
  }

  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
