package dev.sampo.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Lays overrides over files over the reference, and turns what cannot be read into faults. */
final class Layers {
  static final String DEFAULT = "default";
  private static final String OVERRIDE = "override";
  private static final String REFERENCE = "reference.conf";

  private final FaultLog faults;
  private boolean unreadable;

  Layers(FaultLog faults) {
    this.faults = faults;
  }

  Config of(List<Path> files, List<String> overrides) {
    Config config = ConfigFactory.empty();
    if (!files.isEmpty()) {
      faults.readFrom(files.stream().map(Path::toString).collect(Collectors.joining(", ")));
    }
    for (Path file : files) {
      config = readFile(file).withFallback(config);
    }
    for (String override : overrides) {
      config = withOverride(config, override);
    }
    return overReference(config);
  }

  /** Lays a configuration over the reference and resolves its substitutions. */
  Config overReference(Config config) {
    return parsed(faults.sources(), () -> config.withFallback(reference()).resolve());
  }

  /** The shipped defaults. */
  static Config reference() {
    try (InputStream stream =
            Objects.requireNonNull(Layers.class.getResourceAsStream(REFERENCE), REFERENCE);
        InputStreamReader reader = new InputStreamReader(stream, StandardCharsets.UTF_8)) {
      return ConfigFactory.parseReader(
          reader, ConfigParseOptions.defaults().setOriginDescription(DEFAULT));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** Every key of the reference, the required ones without a default too. */
  static List<String> referenceKeys() {
    return keysOf("", reference().root()).sorted().toList();
  }

  private static Stream<String> keysOf(String prefix, ConfigObject section) {
    return section.entrySet().stream()
        .flatMap(
            entry ->
                entry.getValue() instanceof ConfigObject inner
                    ? keysOf(prefix + entry.getKey() + ".", inner)
                    : Stream.of(prefix + entry.getKey()));
  }

  /** Ends the reading where a file is no HOCON: its keys would only look missing. */
  void throwIfUnreadable() {
    if (unreadable) {
      faults.throwIfAny();
    }
  }

  /** Whether anything below this key comes from a person and not from the reference. */
  static boolean isDescribed(Config config, String key) {
    ConfigValue value = config.root().get(key);
    return value != null && !value.equals(reference().root().get(key));
  }

  /** Runs one parse; what the parser refuses becomes a fault and an empty layer. */
  Config parsed(String origin, Supplier<Config> parse) {
    try {
      return parse.get();
    } catch (ConfigException refused) {
      unreadable = true;
      String reason = Objects.requireNonNullElse(refused.getMessage(), "no reason given");
      String at = refused.origin() == null ? origin : at(refused.origin());
      faults.add(
          new ConfigFault(
              "file",
              origin,
              "the settings must be readable HOCON (" + withoutOrigin(reason, refused) + ")",
              "look at the line named and at the one before it",
              at));
      return ConfigFactory.empty();
    }
  }

  /** Where a value stands, for people: {@code file:line}, {@code override} or {@code default}. */
  static String at(ConfigOrigin origin) {
    String description = origin.description();
    if (description.startsWith(DEFAULT + ":")) {
      return DEFAULT;
    }
    if (description.startsWith(OVERRIDE)) {
      return OVERRIDE;
    }
    String place = Objects.requireNonNullElse(origin.filename(), description);
    String bare = place.replaceFirst(": \\d+(-\\d+)?$", "");
    return origin.lineNumber() < 0 ? bare : bare + ":" + origin.lineNumber();
  }

  private Config readFile(Path file) {
    String trouble =
        !Files.exists(file) ? "does not exist" : Files.isDirectory(file) ? "is a folder" : "";
    if (trouble.isEmpty() && !Files.isReadable(file)) {
      trouble = "may not be read by this user";
    }
    if (!trouble.isEmpty()) {
      unreadable = true;
      faults.add(
          new ConfigFault(
              "file",
              file.toString(),
              "a settings file must be readable (it " + trouble + ")",
              "check the path; examples are in cluster-config/examples",
              file.toString()));
      return ConfigFactory.empty();
    }
    ConfigParseOptions options =
        ConfigParseOptions.defaults().setSyntax(ConfigSyntax.CONF).setAllowMissing(false);
    return parsed(file.toString(), () -> ConfigFactory.parseFile(file.toFile(), options));
  }

  private Config withOverride(Config config, String override) {
    int equals = override.indexOf('=');
    try {
      List<String> path = ConfigUtil.splitPath(override.substring(0, Math.max(0, equals)));
      String joined = ConfigUtil.joinPath(path);
      return config.withValue(joined, overrideValue(override.substring(equals + 1)));
    } catch (ConfigException noPath) {
      faults.add(
          new ConfigFault(
              OVERRIDE,
              override,
              "an override must be key=value",
              "write the full key, such as job.steps=10",
              OVERRIDE));
      return config;
    }
  }

  /** The value as HOCON where it is one value of HOCON, else as the plain text it then is. */
  private static ConfigValue overrideValue(String text) {
    ConfigOrigin origin = ConfigOriginFactory.newSimple(OVERRIDE);
    try {
      Config holder =
          ConfigFactory.parseString(
              "value = " + text, ConfigParseOptions.defaults().setOriginDescription(OVERRIDE));
      ConfigValue value = holder.root().get("value");
      if (value != null && holder.root().size() == 1) {
        return value;
      }
    } catch (ConfigException.Parse plainText) {
      // Paths and the like need no quotes on a command line: taken as text below.
      return ConfigValueFactory.fromAnyRef(text).withOrigin(origin);
    }
    return ConfigValueFactory.fromAnyRef(text).withOrigin(origin);
  }

  /** The parser puts the place before its message; ours has a place of its own. */
  private static String withoutOrigin(String reason, ConfigException refused) {
    if (refused.origin() == null) {
      return reason;
    }
    String prefix = refused.origin().description() + ": ";
    return reason.startsWith(prefix) ? reason.substring(prefix.length()) : reason;
  }
}
