package io.agentorchestrator;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.event.KeyValuePair;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.boot.logging.logback.ColorConverter;
import org.springframework.core.env.StandardEnvironment;

/** Nobody whose words are logged can write a line of the log, or steer a terminal that shows it. */
class LogLayoutTest {

  private static final String FORGED = "2026-11-23T09:00:00.000Z ERROR forged";

  private static final List<String> BREAKS =
      List.of("\n", "\r\n", "\r", "\u000B", "\f", "\u0085", "\u2028", "\u2029");

  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";

  private final LoggerContext context = new LoggerContext();

  LogLayoutTest() {
    context.setMDCAdapter(new LogbackMDCAdapter());
  }

  @ParameterizedTest
  @ValueSource(strings = {"logging.pattern.console", "logging.pattern.file"})
  void keepsOneLineOfItsOwnForEachMessageWhateverItHolds(String setting) {
    for (String lineBreak : BREAKS) {
      String hostile = "a" + lineBreak + FORGED;
      LoggingEvent event = event(hostile, null);
      event.addKeyValuePair(new KeyValuePair("topic", hostile));

      assertThat(logged(setting, event).split("\\R", -1))
          .as("with %x", lineBreak.codePointAt(0))
          .hasSizeLessThanOrEqualTo(4)
          .filteredOn(line -> line.startsWith("2026-11-23"))
          .isEmpty();
      assertThat(logged(setting, event)).contains("topic=\"a").endsWith("forged\"\n");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"logging.pattern.console", "logging.pattern.file"})
  void indentsStacksAndWhatTheirMessagesHold(String setting) {
    Exception failure =
        new IllegalStateException("a\r\n" + FORGED, new RuntimeException("b\n" + FORGED));

    List<String> lines = logged(setting, event("It failed", failure)).lines().toList();

    assertThat(lines.getFirst()).contains("It failed").doesNotContain("IllegalState");
    assertThat(lines.subList(1, lines.size()))
        .hasSizeGreaterThan(4)
        .allMatch(line -> line.startsWith("    "))
        .anyMatch(line -> line.contains("java.lang.IllegalStateException: a?"))
        .anyMatch(line -> line.contains("Caused by: java.lang.RuntimeException: b"))
        .filteredOn(line -> line.contains("IllegalStateException: a"))
        .hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"logging.pattern.console", "logging.pattern.file"})
  void steersNoTerminal(String setting) {
    String line = logged(setting, event("a\u001B[2J\u0007\u202Eb\b\u0000c\té\uD83D\uDE00", null));

    assertThat(line)
        .contains("a?[2J??b??c\té\uD83D\uDE00 ")
        .endsWith("\n")
        .doesNotContain("\u001B[2J");
  }

  @ParameterizedTest
  @ValueSource(strings = {"logging.pattern.console", "logging.pattern.file"})
  void namesTheTraceWhereThereIsOne(String setting) {
    LoggingEvent within = event("It failed", new IllegalStateException("a"));
    within.addKeyValuePair(new KeyValuePair("topic", "t"));
    within.setMDCPropertyMap(Map.of("traceId", TRACE));

    assertThat(logged(setting, within).lines().findFirst().orElseThrow())
        .endsWith("It failed topic=\"t\" trace_id=" + TRACE);
    assertThat(logged(setting, event("It failed", null))).endsWith("It failed \n");
  }

  private LoggingEvent event(String message, @Nullable Throwable failure) {
    Logger logger = context.getLogger("io.agentorchestrator.Some");
    return new LoggingEvent("", logger, Level.WARN, message, failure, new Object[0]);
  }

  private String logged(String setting, LoggingEvent event) {
    StandardEnvironment environment = new StandardEnvironment();
    ConfigDataEnvironmentPostProcessor.applyTo(environment);
    PatternLayout layout = new PatternLayout();
    layout.setContext(context);
    layout.getInstanceConverterMap().put("clr", ColorConverter::new);
    layout.setPattern(environment.getRequiredProperty(setting));
    layout.start();
    return layout.doLayout(event);
  }
}
