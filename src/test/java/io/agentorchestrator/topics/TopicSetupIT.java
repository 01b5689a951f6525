package io.agentorchestrator.topics;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.agentorchestrator.local.Servers;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeConfigsResult;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.internals.KafkaFutureImpl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class TopicSetupIT {

  private final Map<String, Object> kafka =
      Map.of("bootstrap.servers", Servers.shared().bootstrapServers());
  private final String prefix = UUID.randomUUID().toString();

  private Admin admin;

  @BeforeEach
  void connect() {
    admin = Admin.create(kafka);
  }

  @AfterEach
  void disconnect() {
    admin.close();
  }

  @Test
  void createsWhatIsMissing() throws Exception {
    // When
    setup(true).ensure();

    // Then
    assertThat(settings("commands.agents"))
        .containsEntry("max.message.bytes", "2097152")
        .containsEntry("compression.type", "uncompressed")
        .containsEntry("message.timestamp.type", "LogAppendTime");
    assertThat(settings("log"))
        .containsEntry("max.message.bytes", "8388608")
        .containsEntry("retention.ms", "-1");
    assertThat(settings("assignments"))
        .containsEntry("max.message.bytes", "8388608")
        .containsEntry("retention.ms", "604800000");
    assertThat(settings("dead-letter"))
        .containsEntry("max.message.bytes", "8388608")
        .containsEntry("retention.ms", "2592000000");
    assertThat(settings("checkpoint")).containsEntry("cleanup.policy", "compact");
    assertThat(partitions("log")).isEqualTo(5);
    assertThat(partitions("checkpoint")).isEqualTo(1);
  }

  @Test
  void findsNothingWrongWithWhatItCreated(CapturedOutput output) throws Exception {
    // Given
    setup(true).ensure();

    // When
    setup(false).ensure();

    // Then
    assertThat(output).doesNotContain(prefix + ".");
  }

  @Test
  void saysOnceHowToMendWhatIsDifferentAndChangesNothing(CapturedOutput output) throws Exception {
    // Given
    admin
        .createTopics(List.of(new NewTopic(prefix + ".log", Optional.of(2), Optional.empty())))
        .all()
        .get();
    TopicSetup setup = setup(true);

    // When
    setup.ensure();
    setup.ensure();

    // Then
    assertThat(output)
        .containsOnlyOnce("--entity-name %s.log --add-config retention.ms=-1".formatted(prefix))
        .containsOnlyOnce(
            "--entity-name %s.log --add-config max.message.bytes=8388608".formatted(prefix));
    assertThat(settings("log")).containsEntry("retention.ms", "604800000");
    assertThat(partitions("log")).isEqualTo(2);
  }

  @Test
  void namesWhatIsMissingWhereItMustNotCreate() {
    assertThatThrownBy(() -> setup(false).ensure())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(prefix + ".log")
        .hasMessageContaining("orchestrator.topics.create");
  }

  @Test
  void failsWithoutABroker() {
    TopicSetup setup = new TopicSetup(topics(true), Map.of("bootstrap.servers", "127.0.0.1:1"), 1);

    assertThatThrownBy(setup::ensure).isInstanceOf(KafkaException.class);
  }

  @Test
  void saysOnceThatItMustNotReadTheSettings(CapturedOutput output) throws Exception {
    // Given
    setup(true).ensure();
    TopicSetup setup = new TopicSetup(topics(true), this::adminWithoutDescribeConfigs, 15);

    // When
    setup.ensure();
    setup.ensure();

    // Then
    assertThat(output).containsOnlyOnce("DescribeConfigs is not allowed");
    assertThat(setup.retention(prefix + ".log")).isEmpty();
  }

  @Test
  void tellsHowLongATopicKeepsItsRecords() throws Exception {
    // Given
    TopicSetup setup = setup(true);
    setup.ensure();

    // Then
    assertThat(setup.retention(prefix + ".log")).contains(TopicSetup.FOR_EVER);
    assertThat(setup.retention(prefix + ".assignments")).contains(Duration.ofDays(7));
    assertThat(setup.retention(prefix + ".nothing")).isEmpty();
  }

  /** The broker of the tests allows everything; this one answers as one that does not. */
  private Admin adminWithoutDescribeConfigs() {
    Admin real = Admin.create(kafka);
    return (Admin)
        Proxy.newProxyInstance(
            Admin.class.getClassLoader(),
            new Class<?>[] {Admin.class},
            (proxy, method, arguments) -> {
              Object answer = method.invoke(real, arguments);
              return answer instanceof DescribeConfigsResult configs ? refused(configs) : answer;
            });
  }

  private static DescribeConfigsResult refused(DescribeConfigsResult configs) {
    KafkaFutureImpl<Config> refusal = new KafkaFutureImpl<>();
    refusal.completeExceptionally(new TopicAuthorizationException("Not allowed."));
    return new DescribeConfigsResult(
        configs.values().keySet().stream()
            .collect(Collectors.toMap(resource -> resource, resource -> refusal))) {};
  }

  private TopicSetup setup(boolean create) {
    return new TopicSetup(topics(create), kafka);
  }

  private TopicProperties topics(boolean create) {
    return new TopicProperties(
        prefix + ".commands.agents",
        prefix + ".commands.tasks",
        prefix + ".commands.workflows",
        prefix + ".log",
        prefix + ".assignments",
        prefix + ".dead-letter",
        prefix + ".checkpoint",
        create,
        5,
        null);
  }

  private Map<String, String> settings(String topic) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, prefix + "." + topic);
    Config config =
        requireNonNull(admin.describeConfigs(List.of(resource)).all().get().get(resource));
    return config.entries().stream()
        .filter(entry -> entry.value() != null)
        .collect(Collectors.toMap(ConfigEntry::name, ConfigEntry::value));
  }

  private int partitions(String topic) throws Exception {
    String name = prefix + "." + topic;
    return requireNonNull(admin.describeTopics(List.of(name)).allTopicNames().get().get(name))
        .partitions()
        .size();
  }
}
