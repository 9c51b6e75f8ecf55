package dev.sampo.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A part of the settings while it is being read. Each question notes its key as known and never
 * throws: a bad value becomes a fault, and a stand-in of the right type is returned so that reading
 * goes on. Nothing made from stand-ins is ever seen, because a fault ends in {@link ConfigFaults}.
 */
final class Section {
  private static final String AUTO = "auto";
  private static final Pattern TIME = Pattern.compile("[0-9.]+\\s*[a-zA-Z]+");

  private final ConfigObject object;
  private final String path;
  private final FaultLog faults;
  private final Set<String> knownKeys = new LinkedHashSet<>();
  private final List<Section> children = new ArrayList<>();

  private Section(ConfigObject object, String path, FaultLog faults) {
    this.object = object;
    this.path = path;
    this.faults = faults;
  }

  static Section root(Config config, FaultLog faults) {
    return new Section(config.root(), "", faults);
  }

  // ---- values

  /** A whole number within bounds, both included. */
  long whole(String key, long min, long max, String hint) {
    String rule =
        min == Long.MIN_VALUE && max == Long.MAX_VALUE
            ? "must be a whole number of 64 bits"
            : "must be a whole number from %d to %d".formatted(min, max);
    ConfigValue value = require(key, rule, hint);
    if (value == null) {
      return min;
    }
    OptionalLong number = asWhole(value);
    if (number.isEmpty() || number.getAsLong() < min || number.getAsLong() > max) {
      refuse(key, value, rule, hint);
      return min;
    }
    return number.getAsLong();
  }

  /** As {@link #whole}, for what fits an int. */
  int count(String key, int min, int max, String hint) {
    return Math.toIntExact(whole(key, min, max, hint));
  }

  /** A finite number within bounds. */
  double number(String key, Bounds bounds, String hint) {
    String rule = "must be a number " + bounds.words();
    ConfigValue value = require(key, rule, hint);
    if (value == null) {
      return bounds.max();
    }
    double number = asNumber(value);
    if (!bounds.hold(number)) {
      refuse(key, value, rule, hint);
      return bounds.max();
    }
    return number;
  }

  /** A size in bytes, such as {@code 64MiB}, or empty for {@code auto}. */
  OptionalLong sizeOrAuto(String key, long min, long max, String hint) {
    String rule =
        "must be auto or a size from %s to %s".formatted(Units.size(min), Units.size(max));
    ConfigValue value = require(key, rule, hint);
    if (value == null || AUTO.equals(value.unwrapped())) {
      return OptionalLong.empty();
    }
    OptionalLong bytes = asBytes(key);
    if (bytes.isPresent() && bytes.getAsLong() >= min && bytes.getAsLong() <= max) {
      return bytes;
    }
    refuse(key, value, rule, hint);
    return OptionalLong.empty();
  }

  /** A time with its unit, such as {@code 250ms}: a bare number would hide what it counts. */
  Duration time(String key, Duration min, Duration max, String hint) {
    String rule =
        "must be a time with its unit, from %s to %s".formatted(Units.time(min), Units.time(max));
    ConfigValue value = require(key, rule, hint);
    if (value == null) {
      return min;
    }
    Duration time = asTime(key, value).orElse(Duration.ofNanos(-1));
    if (time.compareTo(min) < 0 || time.compareTo(max) > 0) {
      refuse(key, value, rule, hint);
      return min;
    }
    return time;
  }

  /** A text of a given form. */
  String text(String key, Form form, String hint) {
    ConfigValue value = require(key, form.rule(), hint);
    if (value == null) {
      return "";
    }
    return checkedText(key, value, form, hint);
  }

  /** A text of a given form, or empty for {@code auto}. */
  Optional<String> textOrAuto(String key, Form form, String hint) {
    ConfigValue value = require(key, form.rule(), hint);
    if (value == null || AUTO.equals(value.unwrapped())) {
      return Optional.empty();
    }
    return Optional.of(checkedText(key, value, form, hint));
  }

  /** A list of texts of a given form, none twice. */
  List<String> texts(String key, Form form, String hint) {
    List<String> texts = new ArrayList<>();
    for (ConfigValue element : list(key, hint)) {
      String text = checkedText(key + "[" + texts.size() + "]", element, form, hint);
      if (!text.isEmpty() && texts.contains(text)) {
        refuse(key + "[" + texts.size() + "]", element, "must not be named twice", hint);
      }
      texts.add(text);
    }
    return List.copyOf(texts);
  }

  /** One of the constants of an enum, in lower case with hyphens. */
  <E extends Enum<E>> E oneOf(String key, Class<E> type, String hint) {
    String rule = "must be one of " + String.join(", ", words(type));
    ConfigValue value = require(key, rule, hint);
    E stand = Objects.requireNonNull(type.getEnumConstants())[0];
    return value == null ? stand : constant(key, value, type, hint).orElse(stand);
  }

  /** Some of the constants of an enum, none twice. */
  <E extends Enum<E>> List<E> someOf(String key, Class<E> type, String hint) {
    List<E> constants = new ArrayList<>();
    int index = 0;
    for (ConfigValue element : list(key, hint)) {
      String at = key + "[" + index++ + "]";
      Optional<E> constant = constant(at, element, type, hint);
      if (constant.isPresent() && constants.contains(constant.get())) {
        refuse(at, element, "must not be named twice", hint);
      }
      constant.ifPresent(constants::add);
    }
    return List.copyOf(constants);
  }

  /** The elements of a list; a value that is none is at fault and counts as an empty one. */
  List<ConfigValue> list(String key, String hint) {
    String rule = "must be a list";
    ConfigValue value = require(key, rule, hint);
    if (value instanceof ConfigList list) {
      return list;
    }
    if (value != null) {
      refuse(key, value, rule, hint);
    }
    return List.of();
  }

  // ---- structure

  /** A section within this one; its unknown keys are refused with this one's. */
  Section section(String key) {
    ConfigValue value = require(key, "must be a section", "write " + key + " { ... }");
    if (value != null && !(value instanceof ConfigObject)) {
      refuse(key, value, "must be a section", "write " + key + " { ... }");
    }
    ConfigObject inner = value instanceof ConfigObject found ? found : ConfigFactory.empty().root();
    // Where the section itself is at fault, its keys must not be reported as missing too.
    FaultLog log = value instanceof ConfigObject ? faults : new FaultLog();
    Section child = new Section(inner, pathOf(key), log);
    children.add(child);
    return child;
  }

  /** The sections of a list of them. */
  List<Section> sections(String key, String hint) {
    List<Section> sections = new ArrayList<>();
    int index = 0;
    for (ConfigValue element : list(key, hint)) {
      String at = key + "[" + index++ + "]";
      if (element instanceof ConfigObject inner) {
        Section child = new Section(inner, pathOf(at), faults);
        children.add(child);
        sections.add(child);
      } else {
        refuse(at, element, "must be a section", hint);
      }
    }
    return List.copyOf(sections);
  }

  /** Names a key that is read elsewhere or may be left out. */
  void expect(String key) {
    knownKeys.add(key);
  }

  /** Whether the key is there and not null; the key becomes known. */
  boolean has(String key) {
    expect(key);
    ConfigValue value = object.get(key);
    return value != null && value.valueType() != ConfigValueType.NULL;
  }

  /** Whether the key holds the word {@code auto}. */
  boolean isAuto(String key) {
    ConfigValue value = object.get(key);
    return value != null && AUTO.equals(value.unwrapped());
  }

  /** Whether a person gave the key a value other than {@code auto}. */
  boolean isDescribed(String key) {
    ConfigValue value = object.get(key);
    return value != null && !isAuto(key) && !Layers.at(value.origin()).equals(Layers.DEFAULT);
  }

  /** Reports every key, here and below, that nothing asked for. */
  void refuseUnknownKeys() {
    for (var entry : object.entrySet()) {
      if (!knownKeys.contains(entry.getKey())) {
        refuse(entry.getKey(), entry.getValue(), "unknown key", hintForUnknown(entry.getKey()));
      }
    }
    children.forEach(Section::refuseUnknownKeys);
  }

  /**
   * Checks settings that depend on each other, unless one of them is at fault already.
   *
   * @param key the setting that the fault is reported at
   * @param others full paths of the settings that it depends on
   */
  void link(boolean holds, String key, List<String> others, Rule rule) {
    List<String> involved = new ArrayList<>(others);
    involved.add(pathOf(key));
    if (!holds && faults.isSound(involved)) {
      ConfigValue value = object.get(key);
      refuse(key, value, rule.text(), rule.hint());
    }
  }

  /** The full path of a key of this section. */
  String pathOf(String key) {
    String written = key.endsWith("]") && key.contains("[") ? key : ConfigUtil.joinPath(key);
    return path.isEmpty() ? written : path + "." + written;
  }

  /** A path, relative to the file that names it; from elsewhere, to the working folder. */
  static Path pathFrom(String text, ConfigOrigin origin) {
    Path path = Path.of(text);
    String file = origin.filename();
    return file == null ? path : Path.of(file).resolveSibling(path).normalize();
  }

  /** The value under a key, for those who must look at its kind or origin themselves. */
  @Nullable ConfigValue require(String key, String rule, String hint) {
    expect(key);
    ConfigValue value = object.get(key);
    if (value == null || value.valueType() == ConfigValueType.NULL) {
      refuse(key, null, "is required and " + rule, hint);
      return null;
    }
    return value;
  }

  void refuse(String key, @Nullable ConfigValue value, String rule, String hint) {
    ConfigRenderOptions form = ConfigRenderOptions.concise().setJson(value instanceof ConfigObject);
    String found = value == null ? "(missing)" : value.render(form);
    String at = value == null ? faults.sources() : Layers.at(value.origin());
    faults.add(new ConfigFault(pathOf(key), found, rule, hint, at));
  }

  private String checkedText(String key, ConfigValue value, Form form, String hint) {
    String text =
        switch (value.valueType()) {
          case STRING, NUMBER, BOOLEAN -> String.valueOf(value.unwrapped());
          case OBJECT, LIST, NULL -> "";
        };
    if (!form.pattern().matcher(text).matches()) {
      refuse(key, value, form.rule(), hint);
      return "";
    }
    return text;
  }

  private <E extends Enum<E>> Optional<E> constant(
      String key, ConfigValue value, Class<E> type, String hint) {
    List<String> words = words(type);
    String word = String.valueOf(value.unwrapped());
    int index = words.indexOf(word);
    if (index < 0) {
      String meant =
          Suggestion.nearest(word, words).map(near -> "did you mean '" + near + "'?").orElse(hint);
      refuse(key, value, "must be one of " + String.join(", ", words), meant);
      return Optional.empty();
    }
    return Optional.of(Objects.requireNonNull(type.getEnumConstants())[index]);
  }

  private static <E extends Enum<E>> List<String> words(Class<E> type) {
    return Arrays.stream(Objects.requireNonNull(type.getEnumConstants()))
        .map(constant -> constant.name().toLowerCase(Locale.ROOT).replace('_', '-'))
        .toList();
  }

  private String hintForUnknown(String key) {
    Optional<String> sibling = Suggestion.nearest(key, knownKeys);
    if (sibling.isPresent()) {
      if (!has(sibling.get())) {
        faults.foundMistyped(pathOf(sibling.get()));
      }
      return "did you mean '" + sibling.get() + "'?";
    }
    // A good key in the wrong place, such as 'steps' outside of 'job'.
    Optional<String> elsewhere =
        Layers.referenceKeys().stream().filter(known -> known.endsWith("." + key)).findFirst();
    return elsewhere
        .map(known -> "did you mean '" + known + "'?")
        .orElse("keys here: " + knownKeys.stream().sorted().collect(Collectors.joining(", ")));
  }

  private OptionalLong asBytes(String key) {
    try {
      return OptionalLong.of(object.toConfig().getBytes(ConfigUtil.joinPath(key)));
    } catch (ConfigException noSize) {
      return OptionalLong.empty();
    }
  }

  private Optional<Duration> asTime(String key, ConfigValue value) {
    if (!TIME.matcher(String.valueOf(value.unwrapped())).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(object.toConfig().getDuration(ConfigUtil.joinPath(key)));
    } catch (ConfigException noTime) {
      return Optional.empty();
    }
  }

  private static OptionalLong asWhole(ConfigValue value) {
    // Texts count too: what comes from the environment is always text.
    String text = String.valueOf(value.unwrapped()).strip();
    try {
      return OptionalLong.of(new BigDecimal(text).longValueExact());
    } catch (ArithmeticException | NumberFormatException notWhole) {
      return OptionalLong.empty();
    }
  }

  private static double asNumber(ConfigValue value) {
    try {
      return Double.parseDouble(String.valueOf(value.unwrapped()).strip());
    } catch (NumberFormatException noNumber) {
      return Double.NaN;
    }
  }
}
