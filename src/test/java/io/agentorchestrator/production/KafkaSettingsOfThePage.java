package io.agentorchestrator.production;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * The worker's settings for Kafka as {@code ops/kafka-acls.md} has them, {@code name=value}: first
 * those with a password, then those with a certificate. The passwords are placeholders there, the
 * files in a folder {@code /tls}.
 */
final class KafkaSettingsOfThePage {

  private static final Path PAGE = Path.of("ops", "kafka-acls.md");
  private static final Pattern CODE = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);

  private KafkaSettingsOfThePage() {}

  static List<String> withAPassword() {
    return all().getFirst();
  }

  static List<String> withACertificate() {
    return all().getLast();
  }

  private static List<List<String>> all() {
    List<List<String>> all = new ArrayList<>();
    try {
      Matcher blocks = CODE.matcher(Files.readString(PAGE));
      while (blocks.find()) {
        List<String> settings = new ArrayList<>();
        flatten("", new YAMLMapper().readTree(blocks.group(1)), settings);
        all.add(settings);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (all.size() != 2) {
      throw new IllegalStateException("Expected two ways to reach Kafka, but there are " + all);
    }
    return all;
  }

  private static void flatten(String name, JsonNode node, List<String> settings) {
    if (!node.isObject()) {
      settings.add(name + "=" + node.asString());
      return;
    }
    String prefix = name.isEmpty() ? "" : name + ".";
    node.properties()
        .forEach(member -> flatten(prefix + member.getKey(), member.getValue(), settings));
  }
}
