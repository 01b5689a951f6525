package io.agentorchestrator.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.agentorchestrator.database.DatabaseProperties;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class PollTimeTest {

  /** As {@code application.yaml} has it. */
  private static final Duration INTERVAL = Duration.ofMinutes(2);

  private final Logger logger = (Logger) LoggerFactory.getLogger(PollTime.class);
  private final ListAppender<ILoggingEvent> told = new ListAppender<>();

  @BeforeEach
  void listen() {
    told.setContext(logger.getLoggerContext());
    told.start();
    logger.addAppender(told);
  }

  @AfterEach
  void stop() {
    logger.detachAppender(told);
  }

  private List<String> lines() {
    return told.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  private static DatabaseProperties properties(String name, int value) {
    Map<String, String> all =
        new HashMap<>(Map.of("orchestrator.database.url", "postgresql://h/d"));
    all.put("orchestrator.database." + name, Integer.toString(value));
    return new Binder(new MapConfigurationPropertySource(all))
        .bind("orchestrator.database", DatabaseProperties.class)
        .get();
  }

  @Test
  void bearsTheDefaults() {
    PollTime.check(properties("pool-size", 10), INTERVAL);

    assertThat(lines()).isEmpty();
  }

  @Test
  void refusesAWaitForAConnectionThatOutlastsThePoll() {
    assertThatCode(() -> PollTime.check(properties("pool-timeout", 119), INTERVAL))
        .doesNotThrowAnyException();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PollTime.check(properties("pool-timeout", 120), INTERVAL))
        .withMessage(
            "Expected orchestrator.database.pool-timeout (DB_POOL_TIMEOUT) to be less than"
                + " max.poll.interval.ms of the consumers (spring.kafka.consumer.properties),"
                + " 120000 ms, but it is 120 s.");
  }

  @Test
  void refusesATransactionThatOutlastsThePoll() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PollTime.check(properties("pool-size", 10), Duration.ofSeconds(80)))
        .withMessageContaining("orchestrator.database.timeouts.transaction")
        .withMessageContaining("max.poll.interval.ms")
        .withMessageEndingWith("80000 ms, but it is 80 s.");
  }

  @Test
  void warnsWhereHonestTransactionsWouldCountAsLeaks() {
    PollTime.check(properties("leak-detection-threshold", 80), INTERVAL);

    assertThat(lines())
        .singleElement()
        .asString()
        .contains("leak-detection-threshold is 80 s", "timeouts.transaction, 80 s");
  }

  @Test
  void warnsWhereALeakWouldBeToldOfTooLate() {
    PollTime.check(properties("leak-detection-threshold", 120), INTERVAL);

    assertThat(lines())
        .singleElement()
        .asString()
        .contains("leak-detection-threshold is 120 s", "max.poll.interval.ms", "120000 ms");
  }

  @Test
  void readsTheIntervalAsItIsSet() {
    assertThat(PollTime.interval(Map.of("max.poll.interval.ms", "7000")))
        .isEqualTo(Duration.ofSeconds(7));
    assertThat(PollTime.interval(Map.of("max.poll.interval.ms", 7000)))
        .isEqualTo(Duration.ofSeconds(7));
    assertThat(PollTime.interval(Map.of())).isEqualTo(Duration.ofMinutes(5));
  }
}
