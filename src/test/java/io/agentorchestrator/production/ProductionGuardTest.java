package io.agentorchestrator.production;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.agentorchestrator.AgentOrchestratorApplication;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

@ExtendWith(OutputCaptureExtension.class)
class ProductionGuardTest {

  private static final Map<String, Object> FIT =
      Map.of(
          "DATABASE_URL",
          "postgresql://worker:a-real-one@db/app?sslmode=verify-full&sslrootcert=/tls/ca.pem",
          "spring.kafka.security.protocol",
          "SASL_SSL",
          "spring.kafka.properties.sasl.jaas.config",
          "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"worker\""
              + " password=\"another-real-one\";",
          "orchestrator.security.mode",
          "jwt");

  @Test
  void takesWhatIsFit() {
    assertThat(problems(Map.of())).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "spring.kafka.security.protocol | PLAINTEXT | spring.kafka.security.protocol: the clients (consumer, producer, admin) would talk PLAINTEXT",
        "spring.kafka.security.protocol | SASL_PLAINTEXT | the clients (consumer, producer, admin) would talk SASL_PLAINTEXT to Kafka; set SASL_SSL",
        "spring.kafka.security.protocol | plaintext | would talk PLAINTEXT",
        "spring.kafka.security.protocol | Sasl_Plaintext | would talk SASL_PLAINTEXT",
        "spring.kafka.properties.security.protocol | PLAINTEXT | would talk PLAINTEXT",
        "spring.kafka.consumer.security.protocol | PLAINTEXT | the clients (consumer) would talk PLAINTEXT",
        "spring.kafka.producer.properties.security.protocol | PLAINTEXT | the clients (producer) would",
        "spring.kafka.admin.security.protocol | SASL_PLAINTEXT | the clients (admin) would",
        "spring.kafka.properties.ssl.endpoint.identification.algorithm | '' | ssl.endpoint.identification.algorithm: it is empty, so the clients (consumer, producer, admin)",
        "spring.kafka.admin.properties.ssl.endpoint.identification.algorithm | '' | it is empty, so the clients (admin)",
        "spring.kafka.properties.sasl.jaas.config | a.Module required username=\"a\" password=\"orchestrator\"; | sasl.jaas.config: the clients (consumer, producer, admin) have a password",
        "spring.kafka.properties.sasl.jaas.config | a.Module required password=secret; | that everybody knows",
        "DATABASE_URL | postgresql://worker:a-real-one@db/app | DATABASE_URL: it has no sslmode",
        "DATABASE_URL | postgresql://worker:a-real-one@db/app?sslmode=require | DATABASE_URL: sslmode=require does not prove who the server is",
        "DATABASE_URL | postgresql://worker:a-real-one@db/app?sslmode=verify-ca | sslmode=verify-ca does not prove",
        "DATABASE_URL | postgresql://worker:a-real-one@db/app?sslmode=verify-full&sslmode=disable | sslmode=disable",
        "DATABASE_URL | postgresql+asyncpg://worker:a-real-one@db/app?ssl=require | sslmode=require",
        "DATABASE_URL | postgresql://worker:a-real-one@db/app?sslmode=verify-full&sslfactory=org.postgresql.ssl.NonValidatingFactory | takes any certificate",
        "DATABASE_URL | postgresql://orchestrator:orchestrator@db/app?sslmode=verify-full | DATABASE_URL: its password is one that everybody knows",
        "DATABASE_URL | jdbc:postgresql://db/app?sslmode=verify-full&user=a&password=postgres | its password is one",
        "DATABASE_URL | postgresql://worker:ChangeIt@db/app?sslmode=verify-full | its password is one",
        "DATABASE_URL | postgresql://worker:a-real-one@/app | DATABASE_URL: the host is missing",
        "DATABASE_READ_URL | postgresql://worker:a-real-one@replica/app | DATABASE_READ_URL: it has no sslmode",
        "orchestrator.security.mode | none | orchestrator.security.mode: it is none",
        "orchestrator.security.mode | NONE | set api-key or jwt"
      })
  void namesEachSettingThatIsNotFitAndWhatToSet(String setting, String value, String problem) {
    List<String> problems = problems(Map.of(setting, value));

    assertThat(problems).singleElement().asString().contains(problem);
    assertThat(problems.getFirst()).doesNotContain("a-real-one");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgresql+asyncpg://worker:a-real-one@db/app?ssl=verify-full",
        "jdbc:postgresql://db/app?user=worker&sslmode=verify-full&sslcert=/tls/worker.pem",
        "postgresql://worker:orchestrator-2@db/app?sslmode=verify-full"
      })
  void takesADatabaseThatProvesWhoItIs(String url) {
    assertThat(problems(Map.of("DATABASE_URL", url))).isEmpty();
  }

  @Test
  void takesCertificatesInPlaceOfPasswords() {
    assertThat(
            problems(
                Map.of(
                    "spring.kafka.security.protocol",
                    "SSL",
                    "spring.kafka.ssl.key-store-location",
                    "file:/tls/worker.p12")))
        .isEmpty();
  }

  @Test
  void refusesToStartAndTellsAllThatIsWrongAtOnce(CapturedOutput output) {
    SpringApplication application = new SpringApplication(AgentOrchestratorApplication.class);

    assertThatThrownBy(
            () ->
                application.run(
                    "--spring.profiles.active=production",
                    "--orchestrator.local.console-level=ERROR"))
        .isInstanceOf(InsecureProductionException.class);

    assertThat(output.getAll())
        .contains(
            "The profile production is active, but the settings are not fit",
            "- spring.kafka.security.protocol: the clients (consumer, producer, admin)",
            "- DATABASE_URL: it has no sslmode",
            "- DATABASE_URL: its password",
            "- orchestrator.security.mode: it is none",
            "Set what each line says")
        .doesNotContain("\tat io.agentorchestrator", "orchestrator:orchestrator@");
  }

  private static List<String> problems(Map<String, String> instead) {
    Map<String, Object> settings = new HashMap<>(FIT);
    settings.putAll(instead);
    ConfigurableEnvironment environment = new StandardEnvironment();
    environment.getPropertySources().addFirst(new MapPropertySource("test", settings));
    ConfigurationPropertySources.attach(environment);
    ConfigDataEnvironmentPostProcessor.applyTo(environment);
    return ProductionGuard.problems(environment);
  }
}
