package io.agentorchestrator.production;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigsOptions;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreatePartitionsOptions;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Whatever a client of Kafka can try, tried in earnest, and whether the brokers let it in.
 *
 * <p>What is let in changes nothing all the same, so that a worker may run meanwhile: it fails for
 * a reason that the brokers come to only once they know that the client may. A record is too large
 * for any topic, an offset is beyond every end, a topic is there already, a transaction would be
 * too long. Only what nobody may is tried to its end: to delete a topic or a group, and to allow
 * itself more.
 */
final class KafkaAttempts implements AutoCloseable {

  /** More than any of the topics takes. */
  private static final byte[] TOO_LARGE = new byte[9 << 20];

  private static final long BEYOND_EVERY_END = Long.MAX_VALUE / 2;

  /** In milliseconds; the brokers allow a quarter of an hour. */
  private static final int TOO_LONG_FOR_A_TRANSACTION = 3_600_000;

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** How the brokers refuse. */
  private static final Map<ResourceType, Class<? extends Exception>> REFUSALS =
      Map.of(
          ResourceType.TOPIC,
          TopicAuthorizationException.class,
          ResourceType.GROUP,
          GroupAuthorizationException.class,
          ResourceType.TRANSACTIONAL_ID,
          TransactionalIdAuthorizationException.class,
          ResourceType.CLUSTER,
          ClusterAuthorizationException.class);

  /**
   * Something that was tried.
   *
   * @param operation what the brokers call it
   * @param how by which request
   */
  record Attempt(ResourceType type, String name, AclOperation operation, String how) {

    @Override
    public String toString() {
      return "%s %s: %s (%s)".formatted(type, name, how, operation);
    }
  }

  /** How it is tried. */
  private interface Trial {
    void run() throws Exception;
  }

  private final Map<String, Object> client;
  private final Map<Attempt, Boolean> made = new LinkedHashMap<>();
  private final Admin admin;
  private final KafkaProducer<byte[], byte[]> producer;

  /**
   * Logs in.
   *
   * @param client how the broker is reached, and as whom
   */
  KafkaAttempts(Map<String, Object> client) {
    this.client = Map.copyOf(client);
    this.admin =
        Admin.create(with(Map.of("default.api.timeout.ms", 20_000, "request.timeout.ms", 10_000)));
    this.producer =
        producer(
            Map.of(
                "enable.idempotence", // Else the cluster refuses first what the topic would.
                false,
                "max.request.size",
                2 * TOO_LARGE.length));
  }

  private Map<String, Object> with(Map<String, Object> more) {
    Map<String, Object> settings = new HashMap<>(client);
    settings.putAll(more);
    return settings;
  }

  private KafkaProducer<byte[], byte[]> producer(Map<String, Object> more) {
    Map<String, Object> settings = with(more);
    settings.put("max.block.ms", PATIENCE.toMillis());
    return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private KafkaConsumer<byte[], byte[]> consumer(Map<String, Object> more) {
    Map<String, Object> settings = with(more);
    settings.put("auto.offset.reset", "none");
    settings.put("enable.auto.commit", false);
    return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** What was tried so far, and whether it was let in. */
  Map<Attempt, Boolean> made() {
    return made;
  }

  /** Tries all that one can do with a topic. */
  void onTopic(String topic) {
    TopicPartition partition = new TopicPartition(topic, 0);
    ConfigResource settings = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    onTopic(
        topic,
        AclOperation.DESCRIBE,
        "ask where it is",
        () -> admin.describeTopics(List.of(topic)).allTopicNames().get(),
        KafkaAttempts::none);
    onTopic(
        topic,
        AclOperation.READ,
        "fetch",
        () -> fetch(partition),
        OffsetOutOfRangeException.class::isInstance);
    onTopic(
        topic,
        AclOperation.WRITE,
        "send",
        () -> producer.send(new ProducerRecord<>(topic, 0, null, TOO_LARGE)).get(),
        RecordTooLargeException.class::isInstance);
    onTopic(
        topic,
        AclOperation.CREATE,
        "create it",
        () ->
            admin
                .createTopics(
                    List.of(new NewTopic(topic, 1, (short) 1)),
                    new CreateTopicsOptions().validateOnly(true))
                .all()
                .get(),
        TopicExistsException.class::isInstance);
    onTopic(
        topic,
        AclOperation.ALTER,
        "add partitions",
        () ->
            admin
                .createPartitions(
                    Map.of(topic, NewPartitions.increaseTo(100)),
                    new CreatePartitionsOptions().validateOnly(true))
                .all()
                .get(),
        KafkaAttempts::none);
    onTopic(
        topic,
        AclOperation.DESCRIBE_CONFIGS,
        "ask for its settings",
        () -> admin.describeConfigs(List.of(settings)).all().get(),
        KafkaAttempts::none);
    onTopic(
        topic,
        AclOperation.ALTER_CONFIGS,
        "change its retention",
        () ->
            admin
                .incrementalAlterConfigs(
                    Map.of(
                        settings,
                        List.of(
                            new AlterConfigOp(
                                new ConfigEntry("retention.ms", "1"), AlterConfigOp.OpType.SET))),
                    new AlterConfigsOptions().validateOnly(true))
                .all()
                .get(),
        KafkaAttempts::none);
    onTopic(
        topic,
        AclOperation.DELETE,
        "delete records",
        () -> admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(0))).all().get(),
        KafkaAttempts::none);
    onTopic(
        topic,
        AclOperation.DELETE,
        "delete it",
        () -> admin.deleteTopics(List.of(topic)).all().get(),
        KafkaAttempts::none);
  }

  private void fetch(TopicPartition partition) {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(Map.of())) {
      consumer.assign(List.of(partition));
      consumer.seek(partition, BEYOND_EVERY_END);
      consumer.poll(PATIENCE);
    }
    throw new IllegalStateException("Expected to be told something of " + partition);
  }

  /**
   * Tries all that one can do with a group.
   *
   * @param topic one whose offset there may be anything; where it must not be read, the group was
   *     thought of before
   */
  void onGroup(String group, String topic) {
    attempt(
        ResourceType.GROUP,
        group,
        AclOperation.READ,
        "commit an offset",
        () -> commit(group, new TopicPartition(topic, 0)),
        failure ->
            failure instanceof CommitFailedException
                || failure instanceof TopicAuthorizationException);
    attempt(
        ResourceType.GROUP,
        group,
        AclOperation.DESCRIBE,
        "ask for its offsets",
        () -> admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get(),
        KafkaAttempts::none);
    attempt(
        ResourceType.GROUP,
        group,
        AclOperation.DELETE,
        "delete it",
        () -> admin.deleteConsumerGroups(List.of(group)).all().get(),
        KafkaAttempts::none);
  }

  /** As nobody of the group: while it has members, the brokers take it from none but these. */
  private void commit(String group, TopicPartition partition) {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(Map.of("group.id", group))) {
      consumer.commitSync(Map.of(partition, new OffsetAndMetadata(0)), PATIENCE);
    }
  }

  /** Tries to pass for a transactional producer. */
  void onTransactionalId(String id) {
    attempt(
        ResourceType.TRANSACTIONAL_ID,
        id,
        AclOperation.DESCRIBE,
        "ask for its state",
        () -> admin.describeTransactions(List.of(id)).description(id).get(),
        KafkaAttempts::none);
    attempt(
        ResourceType.TRANSACTIONAL_ID,
        id,
        AclOperation.WRITE,
        "begin as it",
        () -> begin(id),
        failure -> String.valueOf(failure.getMessage()).contains("transaction timeout"));
  }

  private void begin(String id) {
    try (KafkaProducer<byte[], byte[]> transactional =
        producer(
            Map.of("transactional.id", id, "transaction.timeout.ms", TOO_LONG_FOR_A_TRANSACTION))) {
      transactional.initTransactions();
    }
  }

  /**
   * Tries to learn what others may, and to be allowed more.
   *
   * @param user who that would be
   */
  void onCluster(String user) {
    attempt(
        ResourceType.CLUSTER,
        "kafka-cluster",
        AclOperation.DESCRIBE,
        "ask for permissions",
        () -> admin.describeAcls(AclBindingFilter.ANY).values().get(),
        KafkaAttempts::none);
    AclBinding everything =
        new AclBinding(
            new ResourcePattern(ResourceType.TOPIC, "*", PatternType.LITERAL),
            new AccessControlEntry("User:" + user, "*", AclOperation.ALL, AclPermissionType.ALLOW));
    attempt(
        ResourceType.CLUSTER,
        "kafka-cluster",
        AclOperation.ALTER,
        "allow itself everything",
        () -> admin.createAcls(List.of(everything)).all().get(),
        KafkaAttempts::none);
  }

  private void onTopic(
      String topic, AclOperation operation, String how, Trial trial, Predicate<Throwable> later) {
    attempt(ResourceType.TOPIC, topic, operation, how, trial, later);
  }

  private static boolean none(Throwable failure) {
    return false;
  }

  /** Tries it; {@code later} knows the failures of those who were let in. */
  private void attempt(
      ResourceType type,
      String name,
      AclOperation operation,
      String how,
      Trial trial,
      Predicate<Throwable> later) {
    Attempt attempt = new Attempt(type, name, operation, how);
    made.put(attempt, isLetIn(attempt, trial, later));
  }

  private static boolean isLetIn(Attempt attempt, Trial trial, Predicate<Throwable> later) {
    try {
      trial.run();
      return true;
    } catch (Exception e) {
      Throwable failure =
          e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
      if (Objects.requireNonNull(REFUSALS.get(attempt.type())).isInstance(failure)) {
        return false;
      }
      if (later.test(failure)) {
        return true;
      }
      throw new IllegalStateException("Neither let in nor refused: " + attempt, failure);
    }
  }

  @Override
  public void close() {
    producer.close(Duration.ZERO);
    admin.close(PATIENCE);
  }
}
