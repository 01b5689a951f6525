package io.agentorchestrator.production;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.common.config.SslConfigs;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;

/**
 * What is wrong with how Kafka's clients would talk to the brokers. It looks at what each client is
 * given in the end, wherever in {@code spring.kafka.*} that was set. The relay's clients are given
 * what admin clients are.
 */
final class KafkaSecurity {

  private static final Set<String> ENCRYPTED = Set.of("SSL", "SASL_SSL");

  private static final Pattern PASSWORD =
      Pattern.compile("password\\s*=\\s*(?:\"([^\"]*)\"|'([^']*)'|([^\\s;]*))");

  private KafkaSecurity() {}

  /** Returns what is wrong, each with what to set. */
  static List<String> problems(KafkaProperties properties) {
    Map<String, Map<String, Object>> clients = new LinkedHashMap<>();
    clients.put("consumer", properties.buildConsumerProperties());
    clients.put("producer", properties.buildProducerProperties());
    clients.put("admin", properties.buildAdminProperties());
    Map<String, List<String>> byProtocol = new TreeMap<>();
    List<String> unidentified = new ArrayList<>();
    List<String> wellKnown = new ArrayList<>();
    clients.forEach(
        (client, settings) -> {
          // Kafka reads it in any case.
          String protocol =
              setting(settings, CommonClientConfigs.SECURITY_PROTOCOL_CONFIG, "PLAINTEXT")
                  .toUpperCase(Locale.ROOT);
          if (!ENCRYPTED.contains(protocol)) {
            byProtocol.computeIfAbsent(protocol, each -> new ArrayList<>()).add(client);
          }
          if (setting(settings, SslConfigs.SSL_ENDPOINT_IDENTIFICATION_ALGORITHM_CONFIG, "https")
              .isBlank()) {
            unidentified.add(client);
          }
          if (hasWellKnownPassword(setting(settings, SaslConfigs.SASL_JAAS_CONFIG, ""))) {
            wellKnown.add(client);
          }
        });
    List<String> problems = new ArrayList<>();
    byProtocol.forEach(
        (protocol, users) ->
            problems.add(
                ("spring.kafka.security.protocol: the clients (%s) would talk %s to Kafka; set"
                        + " SASL_SSL, or SSL with certificates of their own")
                    .formatted(String.join(", ", users), protocol)));
    if (!unidentified.isEmpty()) {
      problems.add(
          ("spring.kafka.properties.ssl.endpoint.identification.algorithm: it is empty, so the"
                  + " clients (%s) would take any certified host for a broker; leave it out, or set"
                  + " https")
              .formatted(String.join(", ", unidentified)));
    }
    if (!wellKnown.isEmpty()) {
      problems.add(
          ("spring.kafka.properties.sasl.jaas.config: the clients (%s) have a password that"
                  + " everybody knows; set another")
              .formatted(String.join(", ", wellKnown)));
    }
    return problems;
  }

  private static String setting(Map<String, Object> settings, String name, String absent) {
    return Objects.toString(settings.get(name), absent).strip();
  }

  private static boolean hasWellKnownPassword(String jaas) {
    Matcher passwords = PASSWORD.matcher(jaas);
    while (passwords.find()) {
      for (int group = 1; group <= passwords.groupCount(); group++) {
        if (WellKnownPasswords.contain(passwords.group(group))) {
          return true;
        }
      }
    }
    return false;
  }
}
