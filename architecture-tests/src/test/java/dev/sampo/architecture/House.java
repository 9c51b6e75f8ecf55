package dev.sampo.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitCallTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Makes the rules for the classes below one root package. */
final class House {
  private static final Set<String> EMPTY_SUFFIXES =
      Set.of("Manager", "Helper", "Util", "Utils", "Data", "Info", "Processor", "Impl");
  private static final Set<String> EMPTY_PACKAGES =
      Set.of("util", "utils", "common", "impl", "helper", "helpers", "misc");

  /** What no pure function needs. In-memory streams of java.io and buffers of java.nio may stay. */
  private static final String[] WORLD_PACKAGES = {
    "java.net..",
    "java.nio.file..",
    "java.nio.channels..",
    "java.util.concurrent..",
    "java.util.logging..",
    "java.util.random..",
    "java.lang.management..",
  };

  private static final Set<String> WORLD_TYPES =
      Set.of(
          "java.io.Console",
          "java.io.File",
          "java.io.FileInputStream",
          "java.io.FileOutputStream",
          "java.io.FileReader",
          "java.io.FileWriter",
          "java.io.PrintStream",
          "java.io.RandomAccessFile",
          "java.lang.Process",
          "java.lang.ProcessBuilder",
          "java.lang.Runtime",
          "java.lang.Thread",
          "java.lang.ThreadLocal",
          "java.security.SecureRandom",
          "java.time.Clock",
          "java.time.InstantSource",
          "java.util.Random",
          "java.util.SplittableRandom",
          "java.util.Timer",
          "java.util.TimerTask");

  private static final Set<String> WORLD_CALLS =
      Set.of(
          "java.lang.Math.random",
          "java.lang.StrictMath.random",
          "java.lang.System.nanoTime",
          "java.lang.System.currentTimeMillis",
          "java.lang.System.getenv",
          "java.lang.System.getProperty",
          "java.lang.System.identityHashCode",
          "java.lang.Object.wait",
          "java.lang.Object.notify",
          "java.lang.Object.notifyAll",
          "java.time.Instant.now",
          "java.time.LocalDate.now",
          "java.time.LocalDateTime.now",
          "java.time.LocalTime.now",
          "java.time.OffsetDateTime.now",
          "java.time.ZonedDateTime.now",
          "java.util.Collections.shuffle",
          "java.util.UUID.randomUUID",
          "java.util.stream.BaseStream.parallel",
          "java.util.Collection.parallelStream");

  private final String root;

  House(String root) {
    this.root = root;
  }

  /** The rules by name. A rule about a module that is still empty holds. */
  Map<String, ArchRule> rules() {
    Map<String, ArchRule> rules = new LinkedHashMap<>();
    rules.put("every class is in a module", everyClassIsInAModule());
    Module.ALL.stream()
        .filter(module -> module.uses().size() < Module.ALL.size() - 1)
        .forEach(module -> rules.put("arrows of " + module.word(), arrowsOf(module)));
    Library.ALL.forEach(library -> rules.put("home of " + library.name(), homeOf(library)));
    rules.put("no cycles", noCycles());
    rules.put("no empty names", noEmptyNames());
    rules.put("no empty packages", noEmptyPackages());
    rules.put("no static state", noStaticState());
    rules.put("one way to log", oneWayToLog());
    rules.put("core imports only the JDK", coreImportsOnlyTheJdk());
    rules.put("core touches no part of the world", coreTouchesNoPartOfTheWorld());
    rules.put("core calls no clock or chance", coreCallsNoClockOrChance());
    rules.put("core has no locks", coreHasNoLocks());
    rules.replaceAll((name, rule) -> rule.allowEmptyShould(true));
    return rules;
  }

  private ArchRule everyClassIsInAModule() {
    String[] modules = Module.ALL.stream().map(this::packagesOf).toArray(String[]::new);
    return ArchRuleDefinition.classes()
        .should()
        .resideInAnyPackage(modules)
        .because("a class outside of the modules would escape the rules on them");
  }

  private ArchRule arrowsOf(Module module) {
    String[] others =
        Module.ALL.stream()
            .filter(other -> !module.mayUse(other))
            .map(this::packagesOf)
            .toArray(String[]::new);
    return noClasses()
        .that()
        .resideInAPackage(packagesOf(module))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(others)
        .because(
            "the design lets %s use only %s, so that it can be read and tested without the rest"
                .formatted(module.folder(), module.uses()));
  }

  private ArchRule homeOf(Library library) {
    String[] homes =
        library.modules().stream().map(word -> root + "." + word + "..").toArray(String[]::new);
    return noClasses()
        .that()
        .resideOutsideOfPackages(homes)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(library.packages().toArray(String[]::new))
        .because(library.reason());
  }

  private ArchRule noCycles() {
    return slices()
        .matching(root + ".(**)")
        .should()
        .beFreeOfCycles()
        .because("packages in a circle can only be understood all at once");
  }

  private ArchRule noEmptyNames() {
    return noClasses()
        .should()
        .haveNameMatching(".*(" + String.join("|", EMPTY_SUFFIXES) + ")")
        .because("such a name says that nobody knew what the class is");
  }

  private ArchRule noEmptyPackages() {
    String[] packages =
        EMPTY_PACKAGES.stream().map(word -> root + ".." + word + "..").toArray(String[]::new);
    return noClasses()
        .should()
        .resideInAnyPackage(packages)
        .because("packages are cut by concept, and these words are none");
  }

  private ArchRule noStaticState() {
    return fields()
        .that()
        .areStatic()
        .should()
        .beFinal()
        .because("two nodes in one process, as in tests, must not share anything");
  }

  private ArchRule oneWayToLog() {
    return noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.util.logging..")
        .because("logs go through SLF4J, where a person can turn them up or down");
  }

  private ArchRule coreImportsOnlyTheJdk() {
    return noClasses()
        .that()
        .resideInAPackage(core())
        .should()
        .dependOnClassesThat()
        .resideOutsideOfPackages(core(), "java..", "org.jspecify.annotations..")
        .because("what decides must be plain Java, or it cannot be simulated and read alone");
  }

  private ArchRule coreTouchesNoPartOfTheWorld() {
    DescribedPredicate<JavaClass> types =
        DescribedPredicate.describe(
            "of " + WORLD_TYPES, type -> WORLD_TYPES.contains(type.getName()));
    return noClasses()
        .that()
        .resideInAPackage(core())
        .should()
        .dependOnClassesThat(resideInAnyPackage(WORLD_PACKAGES).or(types))
        .because("the core is (state, input, now) -> (state, outputs): a seed replays any bug");
  }

  private ArchRule coreCallsNoClockOrChance() {
    DescribedPredicate<CodeUnitCallTarget> calls =
        DescribedPredicate.describe(
            "of " + WORLD_CALLS,
            target ->
                Stream.of(target.getOwner().getName(), declaredIn(target))
                    .anyMatch(owner -> WORLD_CALLS.contains(owner + "." + target.getName())));
    return noClasses()
        .that()
        .resideInAPackage(core())
        .should()
        .callCodeUnitWhere(
            DescribedPredicate.describe(
                calls.getDescription(), call -> calls.test(call.getTarget())))
        .because("time and chance are inputs of the core: a seed replays any bug");
  }

  private ArchRule coreHasNoLocks() {
    return noMethods()
        .that()
        .areDeclaredInClassesThat()
        .resideInAPackage(core())
        .should()
        .haveModifier(JavaModifier.SYNCHRONIZED)
        .because("the core has one thread, the caller's");
  }

  /** The type that declares the method called, where a subtype of it was named. */
  private static String declaredIn(CodeUnitCallTarget target) {
    return target.resolveMember().map(member -> member.getOwner().getName()).orElse("");
  }

  private String core() {
    return root + ".protocol..";
  }

  private String packagesOf(Module module) {
    return root + "." + module.word() + "..";
  }
}
