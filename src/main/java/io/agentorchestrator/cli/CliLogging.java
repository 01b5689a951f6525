package io.agentorchestrator.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import org.slf4j.LoggerFactory;

/**
 * Sets logging up for a command: warnings only, to the standard error, for the standard output is
 * for results. Not by a file, which would take longer to read than some commands to run.
 */
final class CliLogging {

  private CliLogging() {}

  static void setUp() {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    // Kafka's clients quote what brokers say, and a terminal would do as it is told.
    encoder.setPattern(
        "%-5level %replace(%msg%n%ex{short}){'[\\p{Cc}\\p{Cf}\\u2028\\u2029&&[^\\n\\t]]', '?'}");
    encoder.start();
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setTarget("System.err");
    appender.setEncoder(encoder);
    appender.start();
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.WARN);
    root.addAppender(appender);
    // They warn at every try while a broker is away; the command tells of it once.
    context.getLogger("org.apache.kafka.clients").setLevel(Level.ERROR);
  }
}
