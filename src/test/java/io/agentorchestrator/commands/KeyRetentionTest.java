package io.agentorchestrator.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.agentorchestrator.commands.CommandProperties.GroupProtocol;
import io.agentorchestrator.log.LogProperties;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

class KeyRetentionTest {

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  private KeyRetention of(@Nullable Duration log) {
    return new KeyRetention(
        JdbcClient.create(new DriverManagerDataSource("jdbc:postgresql://127.0.0.1:1/none")),
        new CommandProperties(
            "group",
            GroupProtocol.CLASSIC,
            1,
            500,
            Duration.ofSeconds(1),
            Duration.ofDays(60),
            List.of()),
        new LogProperties(log),
        registry);
  }

  @Test
  void takesALogThatIsKeptAsLongAsTheKeys() {
    assertThat(of(null)).isNotNull();
    assertThat(of(Duration.ofDays(60))).isNotNull();
  }

  @Test
  void countsThatPostgresIsAway() {
    of(null).forget();

    assertThat(
            registry
                .get("orchestrator.database.errors")
                .tag("sqlstate_class", "08")
                .counter()
                .count())
        .isEqualTo(1);
  }

  @Test
  void refusesToForgetTheLogBeforeTheKeys() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> of(Duration.ofDays(59)))
        .withMessage(
            "orchestrator.log.retention: Expected at least orchestrator.commands.dedup-retention,"
                + " PT1440H, but it is PT1416H.");
  }
}
