package io.agentorchestrator.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.agentorchestrator.local.LocalSettings.Part;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LocalSettingsTest {

  @Test
  void hasDefaults() {
    assertThat(LocalSettings.from(name -> null))
        .isEqualTo(
            new LocalSettings(
                Path.of(".local").toAbsolutePath(),
                Path.of(".local", "binaries").toAbsolutePath(),
                false,
                EnumSet.allOf(Part.class),
                8080,
                8081,
                9092,
                0,
                0,
                54329));
  }

  @Test
  void takesSpringsPortsFromTheNamesThatMavenHandsOn() {
    Map<String, String> properties =
        Map.of(
            "orchestrator.local.server.port",
            "1",
            "orchestrator.local.management.server.port",
            "2");

    LocalSettings settings = LocalSettings.from(properties::get);

    assertThat(settings.restPort()).isEqualTo(1);
    assertThat(settings.managementPort()).isEqualTo(2);
  }

  @Test
  void letsKafkaListenForAProxyOnlyIfTold() {
    assertThat(LocalSettings.from(name -> null).kafkaProxied()).isEmpty();
    Map<String, String> properties =
        Map.of(
            "orchestrator.local.kafka-proxied-port",
            "4",
            "orchestrator.local.kafka-proxy-port",
            "5");

    assertThat(LocalSettings.from(properties::get).kafkaProxied())
        .contains(new LocalKafka.Proxied(4, 5));
  }

  @Test
  void prefersSpringsOwnNames() {
    Map<String, String> properties =
        Map.of("orchestrator.local.server.port", "1", "server.port", "3");

    assertThat(LocalSettings.from(properties::get).restPort()).isEqualTo(3);
  }

  @Test
  void wantsThePortsOfThePartsItStarts() {
    Map<String, String> properties = Map.of("orchestrator.local.start", "kafka, postgres");

    assertThat(LocalSettings.from(properties::get).ports())
        .extracting(Ports.Wanted::number)
        .containsExactly(54329, 9092, 0);
  }

  @ParameterizedTest
  @CsvSource({
    "orchestrator.local.fresh, perhaps",
    "orchestrator.local.start, redis",
    "orchestrator.local.kafka-port, many",
    "orchestrator.local.postgres-port, 65536",
    "server.port, -1",
    "management.server.port, 8081a"
  })
  void refusesWhatMakesNoSenseByName(String property, String value) {
    assertThatThrownBy(() -> LocalSettings.from(Map.of(property, value)::get))
        .isInstanceOf(StartRefused.class)
        .hasMessageStartingWith("-D" + property + "=" + value);
  }
}
