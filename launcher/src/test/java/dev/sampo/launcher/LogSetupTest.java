package dev.sampo.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator.ExecutionStatus;
import ch.qos.logback.core.ConsoleAppender;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class LogSetupTest {
  @Test
  void isFoundByLogback() {
    LoggerContext loggers =
        assertInstanceOf(LoggerContext.class, LoggerFactory.getILoggerFactory());
    assertInstanceOf(
        ConsoleAppender.class, loggers.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("stderr"));
    assertEquals(Level.INFO, loggers.getLogger("dev.sampo.launcher").getEffectiveLevel());
    assertEquals(Level.WARN, loggers.getLogger("org.apache.pekko.cluster").getEffectiveLevel());
    assertEquals(Level.OFF, loggers.getLogger("org.apache.pekko.io.TcpListener").getLevel());
  }

  @Test
  void leavesTheFieldToANamedFile() {
    String property = "logback.configurationFile";
    System.setProperty(property, "other.xml");
    try {
      assertEquals(
          ExecutionStatus.INVOKE_NEXT_IF_ANY, new LogSetup().configure(new LoggerContext()));
    } finally {
      System.clearProperty(property);
    }
  }
}
