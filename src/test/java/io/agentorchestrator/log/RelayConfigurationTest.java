package io.agentorchestrator.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.topics.TopicSetup;
import io.agentorchestrator.topics.WallClockSteps;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.kafka.core.KafkaAdmin;

class RelayConfigurationTest {

  private final ApplicationContextRunner context =
      new ApplicationContextRunner()
          .withUserConfiguration(
              RelayConfiguration.class,
              TopicSetup.class,
              RelayMetrics.class,
              ReplicationSlots.class,
              WallClockSteps.class)
          .withBean(KafkaAdmin.class, () -> new KafkaAdmin(Map.of("bootstrap.servers", "none:1")))
          .withBean("relayConnection", JdbcConnectionDetails.class, Database::new)
          .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
          .withBean(InstantSource.class, InstantSource::system);

  @Test
  void startsNothingWhenSwitchedOff() {
    context
        .withPropertyValues("orchestrator.relay.enabled=false")
        .run(
            started ->
                assertThat(started.getBean(LogRelay.class).status().state())
                    .isEqualTo(RelayStatus.State.STOPPED));
  }

  @Test
  void hasTheDefaultsItDocuments() {
    context
        .withPropertyValues("orchestrator.relay.enabled=false")
        .run(
            started ->
                assertThat(started.getBean(RelayProperties.class))
                    .isEqualTo(
                        new RelayProperties(
                            false,
                            "agent_orchestrator",
                            Duration.ofMillis(3),
                            Duration.ofMillis(20),
                            500,
                            8 * 1024 * 1024)));
  }

  @Test
  void rejectsWhatIsNoNameOfASlot() {
    context
        .withPropertyValues("orchestrator.relay.slot=agent-orchestrator")
        .run(started -> assertThat(started).hasFailed());
  }

  private static final class Database implements JdbcConnectionDetails {

    @Override
    public String getUsername() {
      return "user";
    }

    @Override
    public String getPassword() {
      return "password";
    }

    @Override
    public String getJdbcUrl() {
      return "jdbc:postgresql://none:1/none";
    }
  }
}
