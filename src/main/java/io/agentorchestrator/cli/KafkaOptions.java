package io.agentorchestrator.cli;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.CommonClientConfigs;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Options that say which Kafka is meant where it is not the worker's: as Kafka's own tools take
 * them. They go before the settings.
 */
final class KafkaOptions {

  @Option(
      names = {"--bootstrap-servers", "--bootstrap-server"},
      paramLabel = "HOST:PORT",
      description = "Where Kafka is, if not where the worker's settings say.")
  private @Nullable String bootstrapServers;

  @Option(
      names = "--kafka-properties",
      paramLabel = "FILE",
      description =
          "Properties of Kafka's clients, such as security.protocol, as --command-config of Kafka's"
              + " own tools takes them; they go before the worker's settings.")
  private @Nullable Path file;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** Lays what was given over how a client of the worker's would reach Kafka. */
  Map<String, Object> over(Map<String, Object> settings) {
    Map<String, Object> all = new HashMap<>(settings);
    if (file != null) {
      Properties properties = read(file);
      properties.stringPropertyNames().forEach(name -> all.put(name, properties.getProperty(name)));
    }
    if (bootstrapServers != null) {
      all.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    }
    return all;
  }

  private Properties read(Path from) {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(from, StandardCharsets.UTF_8)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      throw new ParameterException(
          spec.commandLine(),
          "--kafka-properties: expected a file of properties, but %s cannot be read as one."
              .formatted(from));
    }
    return properties;
  }
}
