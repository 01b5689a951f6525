package io.agentorchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.agentorchestrator.topics.TopicProperties;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A command's settings are the worker's. */
class SettingsTest {

  @TempDir private Path folder;

  @Test
  void readsWhatTheWorkerReads() {
    try (Settings settings =
        Settings.of(
            "--KAFKA_BOOTSTRAP_SERVERS=kafka:1",
            "--orchestrator.topics.log=another.log",
            "--spring.kafka.security.protocol=SASL_SSL",
            "--spring.kafka.properties.sasl.mechanism=PLAIN")) {
      assertThat(settings.get(TopicProperties.class).log()).isEqualTo("another.log");
      assertThat(settings.read(TopicProperties.class))
          .isEqualTo(settings.get(TopicProperties.class));
      assertThat(settings.get(TopicProperties.class).deadLetter())
          .isEqualTo("orchestrator.commands.dead-letter");
      for (var kafka :
          List.of(settings.kafkaAdmin(), settings.kafkaConsumer(), settings.kafkaProducer())) {
        assertThat(kafka)
            .containsEntry("bootstrap.servers", List.of("kafka:1"))
            .containsEntry("security.protocol", "SASL_SSL")
            .containsEntry("sasl.mechanism", "PLAIN");
      }
      assertThat(settings.kafkaConsumer()).containsEntry("isolation.level", "read_committed");
      assertThat(settings.kafkaProducer()).containsEntry("acks", "all");
    }
  }

  @Test
  void tellsAWrongSettingByItsNameAndBounds() {
    assertThat(reported("--orchestrator.topics.partitions=5000"))
        .isEqualTo(
            "orchestrator.topics.partitions: must be less than or equal to 1000, but it is 5000");
    assertThat(reported("--orchestrator.topics.partitions=many")).contains("partitions", "many");
  }

  @Test
  void takesCertificatesByTheNameOfTheirBundle() throws Exception {
    Path store = folder.resolve("trust.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-alias",
                "ca",
                "-dname",
                "CN=ca",
                "-storepass",
                "secret",
                "-keystore",
                store.toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(keytool.waitFor()).isZero();
    try (Settings settings =
        Settings.of(
            "--spring.ssl.bundle.jks.kafka.truststore.location=file:" + store,
            "--spring.ssl.bundle.jks.kafka.truststore.password=secret",
            "--spring.kafka.ssl.bundle=kafka",
            "--spring.kafka.security.protocol=SSL")) {
      assertThat(settings.kafkaConsumer())
          .containsEntry("security.protocol", "SSL")
          .containsKey("ssl.engine.factory.class");
    }
  }

  @Test
  void tellsADatabaseThatIsNotThereFromASettingThatIsNone() {
    StringWriter err = new StringWriter();
    try (Settings settings = Settings.of("--DATABASE_URL=postgresql://127.0.0.1:1/none")) {
      SQLException failure = catchThrowableOfType(SQLException.class, settings::connect);

      assertThat(report(failure, err)).isEqualTo(Exit.UNREACHABLE);
      assertThat(err.toString()).startsWith("PostgreSQL cannot be reached: ");
    }
    try (Settings settings = Settings.of("--DATABASE_URL=mysql://u:secret@h/d")) {
      RefusedException failure = catchThrowableOfType(RefusedException.class, settings::connect);

      assertThat(report(failure, err)).isEqualTo(Exit.FAILED);
      assertThat(err.toString()).contains("DATABASE_URL").doesNotContain("secret");
    }
  }

  @Test
  void tellsKafkaThatIsAwayFromKafkaThatRefuses() {
    StringWriter err = new StringWriter();

    assertThat(report(new TimeoutException("No metadata."), err)).isEqualTo(Exit.UNREACHABLE);
    assertThat(report(new TopicAuthorizationException("Not yours."), err)).isEqualTo(Exit.FAILED);
    assertThat(err.toString().lines())
        .containsExactly("Kafka cannot be reached: No metadata.", "Kafka refuses: Not yours.");
  }

  private static int report(Exception failure, StringWriter err) {
    CommandLine commands = new CommandLine(new CompletionCommand());
    commands.setErr(new PrintWriter(err, true));
    return new FailureReport()
        .handleExecutionException(failure, commands, commands.parseArgs(new String[0]));
  }

  private static String reported(String setting) {
    StringWriter err = new StringWriter();
    try (Settings settings = Settings.of(setting)) {
      settings.get(TopicProperties.class);
    } catch (RuntimeException e) {
      assertThat(report(e, err)).isEqualTo(Exit.USAGE);
    }
    return err.toString().strip();
  }
}
