package dev.sampo.launcher;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.util.Map;

/**
 * What is logged, and how a line looks: to stderr, ours and warnings of the rest. Found by logback
 * through {@link java.util.ServiceLoader}. In Java since reading the same from XML takes every
 * process a fifth of a second; a file named by {@code -Dlogback.configurationFile} replaces it.
 */
public final class LogSetup extends ContextAwareBase implements Configurator {
  private static final String LINE = "%d{HH:mm:ss.SSS} %-5level %logger{0} - %msg%n";
  private static final String OTHER_FILE = "logback.configurationFile";

  private static final Map<String, Level> LEVELS =
      Map.of(
          // Membership tells its life in many lines; what matters of it is in the node's events.
          "org.apache.pekko", Level.WARN,
          // Peers that are gone, and ports that are taken, are told of in our own words.
          "org.apache.pekko.stream.Materializer", Level.ERROR,
          "org.apache.pekko.io.TcpListener", Level.OFF,
          // It looks for a library that we leave out on purpose.
          "net.openhft", Level.ERROR,
          "dev.hardwood", Level.WARN,
          "ai.djl", Level.WARN);

  /** For {@link java.util.ServiceLoader}. */
  public LogSetup() {}

  @Override
  public ExecutionStatus configure(LoggerContext loggers) {
    if (System.getProperty(OTHER_FILE) != null) {
      return ExecutionStatus.INVOKE_NEXT_IF_ANY;
    }
    Logger root = loggers.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.INFO);
    root.addAppender(stderr(loggers));
    LEVELS.forEach((name, level) -> loggers.getLogger(name).setLevel(level));
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  private static ConsoleAppender<ILoggingEvent> stderr(LoggerContext loggers) {
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(loggers);
    encoder.setPattern(LINE);
    encoder.start();
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(loggers);
    appender.setName("stderr");
    appender.setTarget("System.err");
    appender.setEncoder(encoder);
    appender.start();
    return appender;
  }
}
