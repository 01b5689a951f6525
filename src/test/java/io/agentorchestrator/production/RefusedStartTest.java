package io.agentorchestrator.production;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.agentorchestrator.AgentOrchestratorApplication;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** A worker that does not start tells why, and no password of its settings. */
@ExtendWith(OutputCaptureExtension.class)
class RefusedStartTest {

  private static final String SECRET = "the-password-of-nobody-else";

  /** Where each has a password, and nothing listens. */
  private static final Map<String, String> SETTINGS =
      Map.of(
          "DATABASE_URL",
          "postgresql://worker:%s@127.0.0.1:1/app".formatted(SECRET),
          "DATABASE_READ_URL",
          "postgresql://reader@127.0.0.1:1/app?password=" + SECRET,
          "KAFKA_BOOTSTRAP_SERVERS",
          "127.0.0.1:1",
          "spring.kafka.properties.sasl.jaas.config",
          "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"worker\""
              + " password=\"%s\";".formatted(SECRET),
          "spring.kafka.ssl.trust-store-password",
          SECRET,
          "CACHE_REDIS_URL",
          "redis://cache:%s@127.0.0.1:1/0".formatted(SECRET),
          "REDIS_URL",
          "redis://old:%s@127.0.0.1:1/0".formatted(SECRET),
          "server.port",
          "0",
          "management.server.port",
          "0");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "spring.profiles.active | production | DATABASE_READ_URL: it has no sslmode",
        "DATABASE_URL | postgresql://worker:%s@127.0.0.1:x/app | the port is no number",
        "DATABASE_URL | postgresql://worker:%s@127.0.0.1/a b | no URL, at character",
        "DB_POOL_SIZE | 0 | orchestrator.database",
        "orchestrator.security.mode | api-key | there is no key"
      })
  void tellsWhatIsWrongAndNoPassword(
      String setting, String value, String told, CapturedOutput output) {
    Map<String, String> settings = new HashMap<>(SETTINGS);
    settings.put(setting, value.replace("%s", SECRET));
    SpringApplication application = new SpringApplication(AgentOrchestratorApplication.class);
    LoggedSecrets secrets = new LoggedSecrets(SECRET);
    secrets.listenTo(application);

    Throwable failure =
        catchThrowable(
            () ->
                application.run(
                    settings.entrySet().stream()
                        .map(each -> "--" + each.getKey() + "=" + each.getValue())
                        .toArray(String[]::new)));

    assertThat(failure).isNotNull();
    assertThat(output.getAll()).contains(told).doesNotContain(SECRET);
    assertThat(secrets.lines()).isPositive();
    assertThat(secrets.heard()).isEmpty();
    StringWriter stack = new StringWriter();
    failure.printStackTrace(new PrintWriter(stack, true));
    assertThat(stack.toString()).doesNotContain(SECRET);
  }
}
