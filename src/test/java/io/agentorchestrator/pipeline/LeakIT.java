package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A connection that is not given back in time is seen, counted, and told of with its commands. */
class LeakIT {

  private final List<String> told = new CopyOnWriteArrayList<>();

  @Test
  void tellsWhichCommandsHoldAConnectionForTooLong() throws Exception {
    try (Pipeline pipeline =
        Pipeline.start(1, "--orchestrator.database.leak-detection-threshold=2")) {
      UUID agent = UUID.randomUUID();
      pipeline.ask(Commands.registerAgent(agent, 1));
      AppenderBase<ILoggingEvent> listener = listen();
      ObjectNode command = Commands.registerAgent(agent, 7);

      try (Connection other = pipeline.database();
          Statement statement = other.createStatement()) {
        other.setAutoCommit(false);
        statement.execute("SELECT FROM agents FOR UPDATE");
        pipeline.send(command);

        patiently().until(() -> leaks(pipeline).get("suspected").intValue() >= 1);
        patiently().until(() -> told.stream().anyMatch(line -> line.contains(id(command))));
        assertThat(pipeline.get("/api/v2/health/database").get("problems").toString())
            .contains("not been given back in time");
        assertThat(Pipeline.told(pipeline.worker(), "orchestrator_connection_leaks_suspected"))
            .isPositive();
        other.rollback();
      } finally {
        logger().detachAppender(listener);
      }

      patiently().until(() -> leaks(pipeline).get("suspected").intValue() == 0);
      assertThat(leaks(pipeline).get("total").intValue()).isPositive();
      assertThat(Pipeline.told(pipeline.worker(), "orchestrator_connection_leaks_suspected"))
          .isZero();
      assertThat(Pipeline.http(pipeline.worker().management().resolve("/actuator/prometheus")))
          .extracting(HttpResponse::body, STRING)
          .containsPattern("(?m)^orchestrator_connection_leaks_total [1-9]");
      assertThat(told)
          .as("the borrower's stack")
          .anyMatch(line -> line.contains("Apparent connection leak detected"))
          .anyMatch(line -> line.contains("CommandProcessor"));
      assertThat(pipeline.eventsOf(command, 1)).isNotEmpty();
    }
  }

  private static ConditionFactory patiently() {
    return await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(100));
  }

  private static String id(ObjectNode command) {
    return command.get("source").stringValue() + " " + command.get("id").stringValue();
  }

  private static JsonNode leaks(Pipeline pipeline) {
    return pipeline.get("/api/v2/health/database").get("leaks");
  }

  private static Logger logger() {
    return (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
  }

  /** Notes what is logged from now on: message, key-value pairs and stack trace. */
  private AppenderBase<ILoggingEvent> listen() {
    AppenderBase<ILoggingEvent> appender =
        new AppenderBase<>() {
          @Override
          protected void append(ILoggingEvent event) {
            told.add(
                "%s %s %s"
                    .formatted(
                        event.getFormattedMessage(),
                        event.getKeyValuePairs(),
                        event.getThrowableProxy() == null
                            ? ""
                            : ThrowableProxyUtil.asString(event.getThrowableProxy())));
          }
        };
    appender.setContext(logger().getLoggerContext());
    appender.start();
    logger().addAppender(appender);
    return appender;
  }
}
