package io.agentorchestrator.topics;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.kafka.core.KafkaAdmin;
import org.springframework.stereotype.Component;

/**
 * Sees to it that the topics are there. What is missing is created, if {@link
 * TopicProperties#create()}; what exists is never changed: where it differs from what is needed,
 * one warning for each difference says how to mend it.
 */
@Component
@EnableConfigurationProperties(TopicProperties.class)
public class TopicSetup {

  private static final Logger LOG = LoggerFactory.getLogger(TopicSetup.class);
  private static final int TIMEOUT_SECONDS = 15;

  /** The retention of a topic of which nothing is ever deleted by age. */
  public static final Duration FOR_EVER = Duration.ofMillis(Long.MAX_VALUE);

  private final TopicProperties properties;
  private final Supplier<Admin> admins;
  private final int timeoutSeconds;
  private final Set<String> warned = ConcurrentHashMap.newKeySet();

  @Autowired
  TopicSetup(TopicProperties properties, KafkaAdmin kafka) {
    this(properties, kafka.getConfigurationProperties());
  }

  /**
   * Makes one outside of an application context.
   *
   * @param properties the topics
   * @param connection how to reach Kafka, as an admin client takes it
   */
  public TopicSetup(TopicProperties properties, Map<String, Object> connection) {
    this(properties, connection, TIMEOUT_SECONDS);
  }

  TopicSetup(TopicProperties properties, Map<String, Object> connection, int timeoutSeconds) {
    this(properties, () -> admin(connection, timeoutSeconds), timeoutSeconds);
  }

  TopicSetup(TopicProperties properties, Supplier<Admin> admins, int timeoutSeconds) {
    this.properties = properties;
    this.admins = admins;
    this.timeoutSeconds = timeoutSeconds;
  }

  private static Admin admin(Map<String, Object> connection, int timeoutSeconds) {
    Map<String, Object> settings = new HashMap<>(connection);
    settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, timeoutSeconds * 1000);
    settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, timeoutSeconds * 500);
    return Admin.create(settings);
  }

  /**
   * Creates what is missing and checks the rest. May be called again and again, by several workers
   * at once.
   *
   * @throws IllegalStateException if a topic is missing and must not be created
   * @throws KafkaException if Kafka cannot be reached within 15 s, or refuses
   * @throws InterruptedException if interrupted while waiting
   */
  public synchronized void ensure() throws InterruptedException {
    List<RequiredTopic> required = RequiredTopic.all(properties);
    try (Admin admin = admins.get()) {
      Map<String, TopicDescription> existing = describe(admin, required);
      List<RequiredTopic> missing =
          required.stream().filter(topic -> !existing.containsKey(topic.name())).toList();
      create(admin, missing);
      warnOfDifferences(
          admin,
          required.stream().filter(topic -> existing.containsKey(topic.name())).toList(),
          existing);
    }
  }

  /** The names of all topics that the worker needs. */
  public List<String> names() {
    return RequiredTopic.all(properties).stream().map(RequiredTopic::name).toList();
  }

  /**
   * Reads for how long a topic keeps a record, its {@code retention.ms}. It has a meaning only
   * where the {@code cleanup.policy} deletes.
   *
   * @param topic the topic's name, one of the worker's or any other
   * @return {@link #FOR_EVER} where the setting is -1; empty where there is no such topic, or its
   *     settings must not be read
   * @throws KafkaException if Kafka cannot be reached within 15 s
   * @throws InterruptedException if interrupted while waiting
   */
  public Optional<Duration> retention(String topic) throws InterruptedException {
    ConfigResource resource = resource(topic);
    try (Admin admin = admins.get()) {
      return await(
              Objects.requireNonNull(
                  admin.describeConfigs(List.of(resource)).values().get(resource)),
              UnknownTopicOrPartitionException.class)
          .map(config -> config.get(TopicConfig.RETENTION_MS_CONFIG))
          .map(ConfigEntry::value)
          .map(Long::parseLong)
          .map(millis -> millis < 0 ? FOR_EVER : Duration.ofMillis(millis));
    } catch (AuthorizationException e) {
      return Optional.empty();
    }
  }

  private Map<String, TopicDescription> describe(Admin admin, List<RequiredTopic> topics)
      throws InterruptedException {
    Map<String, KafkaFuture<TopicDescription>> answers =
        admin.describeTopics(topics.stream().map(RequiredTopic::name).toList()).topicNameValues();
    Map<String, TopicDescription> existing = new HashMap<>();
    for (Map.Entry<String, KafkaFuture<TopicDescription>> answer : answers.entrySet()) {
      await(answer.getValue(), UnknownTopicOrPartitionException.class)
          .ifPresent(description -> existing.put(answer.getKey(), description));
    }
    return existing;
  }

  private void create(Admin admin, List<RequiredTopic> missing) throws InterruptedException {
    if (missing.isEmpty()) {
      return;
    }
    if (!properties.create()) {
      throw new IllegalStateException(
          "Expected the topic(s) %s, but there are none and orchestrator.topics.create is false."
              .formatted(missing.stream().map(RequiredTopic::name).toList()));
    }
    Optional<Short> replicas = Optional.ofNullable(properties.replicationFactor());
    Map<String, KafkaFuture<Void>> answers =
        admin.createTopics(missing.stream().map(t -> t.creation(replicas)).toList()).values();
    for (RequiredTopic topic : missing) {
      await(Objects.requireNonNull(answers.get(topic.name())), TopicExistsException.class);
      LOG.atInfo().log("Topic {} created", topic.name());
    }
    awaitVisible(admin, missing);
  }

  /** A topic just created is not yet known to every broker. */
  private void awaitVisible(Admin admin, List<RequiredTopic> created) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(timeoutSeconds);
    while (describe(admin, created).size() < created.size()) {
      if (System.nanoTime() > deadline) {
        throw new org.apache.kafka.common.errors.TimeoutException(
            "Topics were created, but are not to be seen after " + timeoutSeconds + " s");
      }
      Thread.sleep(Duration.ofMillis(20));
    }
  }

  private void warnOfDifferences(
      Admin admin, List<RequiredTopic> topics, Map<String, TopicDescription> descriptions)
      throws InterruptedException {
    List<ConfigResource> resources = new ArrayList<>();
    for (RequiredTopic topic : topics) {
      resources.add(resource(topic.name()));
    }
    List<String> unreadable = new ArrayList<>();
    Map<ConfigResource, KafkaFuture<Config>> configs = admin.describeConfigs(resources).values();
    for (RequiredTopic topic : topics) {
      int partitions = Objects.requireNonNull(descriptions.get(topic.name())).partitions().size();
      if (topic.partitionsMatter() && partitions != topic.partitions()) {
        warn(
            "Topic %s has %d partitions, but %d is needed: delete it while the worker is stopped"
                .formatted(topic.name(), partitions, topic.partitions()));
      }
      try {
        await(
                Objects.requireNonNull(configs.get(resource(topic.name()))),
                UnknownTopicOrPartitionException.class)
            .ifPresent(actual -> warnOfDifferences(topic, actual));
      } catch (AuthorizationException e) {
        unreadable.add(topic.name());
      }
    }
    if (!unreadable.isEmpty()) {
      warn(
          "The settings of the topic(s) %s are not checked: DescribeConfigs is not allowed"
              .formatted(unreadable));
    }
  }

  private void warnOfDifferences(RequiredTopic topic, Config actual) {
    for (RequiredTopic.Setting setting : topic.settings()) {
      ConfigEntry entry = actual.get(setting.key());
      if (entry != null && entry.value() != null && !setting.isMetBy(entry.value())) {
        warn(
            ("Topic %s has %s=%s, but %s%s is needed: kafka-configs --bootstrap-server … --alter"
                    + " --entity-type topics --entity-name %s --add-config %s=%s")
                .formatted(
                    topic.name(),
                    setting.key(),
                    entry.value(),
                    setting.rule() == RequiredTopic.Rule.AT_LEAST ? "at least " : "",
                    setting.value(),
                    topic.name(),
                    setting.key(),
                    setting.value()));
      }
    }
  }

  private void warn(String difference) {
    if (warned.add(difference)) {
      LOG.warn(difference);
    }
  }

  private static ConfigResource resource(String topic) {
    return new ConfigResource(ConfigResource.Type.TOPIC, topic);
  }

  /** Returns the answer, or empty where Kafka answered with the given error. */
  private <T> Optional<T> await(KafkaFuture<T> answer, Class<? extends KafkaException> tolerated)
      throws InterruptedException {
    try {
      return Optional.ofNullable(answer.get(timeoutSeconds + 1L, TimeUnit.SECONDS));
    } catch (ExecutionException e) {
      if (tolerated.isInstance(e.getCause())) {
        return Optional.empty();
      }
      if (e.getCause() instanceof KafkaException kafka) {
        throw kafka;
      }
      throw new KafkaException(e.getCause());
    } catch (TimeoutException e) {
      throw new org.apache.kafka.common.errors.TimeoutException(
          "Kafka did not answer within " + timeoutSeconds + " s", e);
    }
  }
}
