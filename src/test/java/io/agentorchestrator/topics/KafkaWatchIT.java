package io.agentorchestrator.topics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.local.Ports;
import io.agentorchestrator.local.Servers;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Status;
import org.springframework.kafka.core.KafkaAdmin;

class KafkaWatchIT {

  @Test
  void saysWhichTopicsAreMissing() {
    assertThat(firstLook(Servers.shared().bootstrapServers()))
        .containsExactly("There is no topic no.such.topic.");
  }

  @Test
  void saysThatNobodyAnswersAndNotWhere() {
    String nobody = "127.0.0.1:" + Ports.free();

    assertThat(firstLook(nobody)).containsExactly("Kafka has not answered for 2 s.");
  }

  private static @Nullable List<String> firstLook(String bootstrapServers) {
    try (Brokers brokers =
        new Brokers(new KafkaAdmin(Map.of("bootstrap.servers", bootstrapServers)))) {
      KafkaWatch watch =
          new KafkaWatch(
              brokers, new WallClockSteps(InstantSource.system()), List.of("no.such.topic"));
      KafkaHealthIndicator health = new KafkaHealthIndicator(watch);
      assertThat(health.health().getStatus()).isEqualTo(Status.UNKNOWN);
      watch.start();
      try {
        await().until(() -> watch.problems() != null);
        assertThat(health.health().getStatus()).isEqualTo(Status.DOWN);
        return watch.problems();
      } finally {
        watch.stop();
      }
    }
  }
}
