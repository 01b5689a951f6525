package io.agentorchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

class KafkaOptionsTest {

  @TempDir private Path folder;

  @CommandLine.Command
  static final class Some {
    @Mixin private KafkaOptions kafka;
  }

  @Test
  void goBeforeTheWorkersSettings() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("client.properties"),
            "# as Kafka's tools take it\nsecurity.protocol=SASL_SSL\nbootstrap.servers = file:1\n");
    Map<String, Object> settings = Map.of("bootstrap.servers", "worker:1", "acks", "all");

    assertThat(over(settings)).isEqualTo(settings);
    assertThat(over(settings, "--kafka-properties", file.toString()))
        .isEqualTo(
            Map.of("bootstrap.servers", "file:1", "acks", "all", "security.protocol", "SASL_SSL"));
    assertThat(over(settings, "--kafka-properties=" + file, "--bootstrap-server=option:1"))
        .containsEntry("bootstrap.servers", "option:1")
        .containsEntry("security.protocol", "SASL_SSL");
  }

  @Test
  void tellWhatCannotBeRead() {
    CliRun refused = CliRun.of(List.of("tail", "--kafka-properties", folder.toString()));

    assertThat(refused.exit()).isEqualTo(Exit.USAGE);
    assertThat(refused.err()).startsWith("--kafka-properties: expected a file of properties");
  }

  private static Map<String, Object> over(Map<String, Object> settings, String... arguments) {
    Some some = new Some();
    new CommandLine(some).parseArgs(arguments);
    return some.kafka.over(settings);
  }
}
