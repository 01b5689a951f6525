package io.agentorchestrator.production;

import static io.agentorchestrator.production.SecureServers.CONSUMER;
import static io.agentorchestrator.production.SecureServers.NOBODY;
import static io.agentorchestrator.production.SecureServers.OPERATOR;
import static io.agentorchestrator.production.SecureServers.PRODUCER;
import static io.agentorchestrator.production.SecureServers.WORKER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.agentorchestrator.cli.CliRun;
import io.agentorchestrator.local.LocalWorker;
import io.agentorchestrator.pipeline.Commands;
import io.agentorchestrator.schemas.Schemas;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.core.env.Environment;
import tools.jackson.databind.node.ObjectNode;

/**
 * A worker that talks to PostgreSQL and Kafka over TLS alone and may do what {@code
 * ops/kafka-acls.md} allows; and those who try what it does not.
 */
class SecureServersIT {

  private static final Duration WAIT = Duration.ofSeconds(60);

  private static final String TASK_COMMANDS = "orchestrator.commands.tasks";
  private static final String AGENT_COMMANDS = "orchestrator.commands.agents";
  private static final String DEAD_LETTERS = "orchestrator.commands.dead-letter";
  private static final String LOG = "orchestrator.log";
  private static final String ASSIGNMENTS = "orchestrator.assignments";
  private static final String CHECKPOINT = "orchestrator.relay.checkpoint";
  private static final String GROUP = "agent-orchestrator";
  private static final String RELAY = "agent_orchestrator";

  @TempDir private static Path folder;
  private static @Nullable SecureServers servers;
  private static @Nullable LocalWorker worker;

  @BeforeAll
  static void start() throws Exception {
    servers = SecureServers.start(folder);
    worker = LocalWorker.start(servers.settings(WORKER));
    // What is refused is refused by topics that are there.
    try (KafkaProducer<byte[], byte[]> producer = producer(servers().user(PRODUCER))) {
      Awaitility.await()
          .atMost(WAIT)
          .ignoreExceptions()
          .until(() -> producer.partitionsFor(TASK_COMMANDS).size() == 2);
    }
  }

  @AfterAll
  static void stop() {
    if (worker != null) {
      worker.close();
    }
    if (servers != null) {
      servers.close();
    }
  }

  private static SecureServers servers() {
    return Objects.requireNonNull(servers);
  }

  @Test
  void carriesACommandThroughToTheOnesWhoFollowTheLog() throws Exception {
    UUID agent = UUID.randomUUID();
    UUID task = UUID.randomUUID();
    try (KafkaProducer<byte[], byte[]> producer = producer(servers().user(PRODUCER))) {
      send(producer, AGENT_COMMANDS, Commands.registerAgent(agent, 1, "tls"));
      send(producer, TASK_COMMANDS, Commands.autoTask(task, Map.of(), "tls"));
    }
    assertThat(followed(LOG, task, "task.assigned.v1"))
        .contains("agent.registered.v1", "task.created.v1");

    // With a certificate it is the same principal.
    try (KafkaProducer<byte[], byte[]> producer = producer(servers().certifiedProducer())) {
      send(producer, TASK_COMMANDS, Commands.cancel(task));
    }
    assertThat(followed(ASSIGNMENTS, agent, "task.canceled.v1")).contains("task.assigned.v1");
  }

  @Test
  void letsOperatorsSendDeadLettersBack() throws Exception {
    String key = UUID.randomUUID().toString();
    try (KafkaProducer<byte[], byte[]> producer = producer(servers().user(PRODUCER))) {
      producer.send(new ProducerRecord<>(TASK_COMMANDS, bytes(key), bytes("{"))).get();
    }
    Awaitility.await()
        .atMost(WAIT)
        .until(() -> run("dead-letters", "list", "--key", key).text().contains("MALFORMED"));

    CliRun redriven = run("dead-letters", "redrive", "--key", key);

    assertThat(redriven.exit()).as(redriven.text() + redriven.err()).isEqualTo(1);
    assertThat(redriven.text()).contains("1 dead lettered again");
  }

  @Test
  void letsOperatorsLookAtTheRelayAndRepairIt() {
    CliRun status = run("relay", "status");
    assertThat(status.exit()).as(status.text() + status.err()).isZero();

    CliRun repair = run("relay", "repair", "--dry-run");
    assertThat(repair.exit()).as(repair.text() + repair.err()).isZero();
  }

  @Test
  void encryptsEverySessionAtPostgreSqlTheReplicationStreamIncluded() throws Exception {
    Awaitility.await()
        .atMost(WAIT)
        .until(() -> servers().encryptedSessions().containsKey("walsender"));

    assertThat(servers().encryptedSessions())
        .containsKey("client backend")
        .doesNotContainValue(false);
  }

  @Test
  void isFitForProductionButForTheReadsThatNobodyAsksForACredential() {
    Environment environment = Objects.requireNonNull(worker).bean(Environment.class);

    assertThat(ProductionGuard.problems(environment))
        .allSatisfy(problem -> assertThat(problem).startsWith("orchestrator.security.mode"));
  }

  @Test
  void letsProducersWriteCommandsAndNothingElse() {
    Map<String, Object> producer = servers().user(PRODUCER);

    for (String topic : List.of(LOG, ASSIGNMENTS, DEAD_LETTERS, CHECKPOINT)) {
      assertRefused(() -> write(producer, topic), TopicAuthorizationException.class);
    }
    for (String topic : List.of(LOG, ASSIGNMENTS, DEAD_LETTERS, TASK_COMMANDS)) {
      assertRefused(() -> read(producer, topic), TopicAuthorizationException.class);
    }
    assertRefused(() -> passForTheRelay(producer), TransactionalIdAuthorizationException.class);
    assertRefused(() -> join(producer, GROUP, TASK_COMMANDS), GroupAuthorizationException.class);
  }

  @Test
  void letsConsumersReadEventsAndNothingElse() {
    Map<String, Object> consumer = servers().user(CONSUMER);

    for (String topic : List.of(TASK_COMMANDS, AGENT_COMMANDS, LOG, DEAD_LETTERS, CHECKPOINT)) {
      assertRefused(() -> write(consumer, topic), TopicAuthorizationException.class);
    }
    for (String topic : List.of(TASK_COMMANDS, DEAD_LETTERS, CHECKPOINT)) {
      assertRefused(() -> read(consumer, topic), TopicAuthorizationException.class);
    }
    assertRefused(() -> join(consumer, GROUP, LOG), GroupAuthorizationException.class);
    assertRefused(() -> passForTheRelay(consumer), TransactionalIdAuthorizationException.class);
  }

  @Test
  void letsWorkersCommandNobodyAndChangeNoTopic() {
    Map<String, Object> user = servers().user(WORKER);

    for (String topic : List.of(TASK_COMMANDS, AGENT_COMMANDS)) {
      assertRefused(() -> write(user, topic), TopicAuthorizationException.class);
    }
    for (String topic : List.of(DEAD_LETTERS, ASSIGNMENTS)) {
      assertRefused(() -> read(user, topic), TopicAuthorizationException.class);
    }
    assertRefused(
        () -> join(user, "another-group", TASK_COMMANDS), GroupAuthorizationException.class);
    try (Admin admin = Admin.create(user)) {
      assertRefused(
          () -> admin.deleteTopics(List.of(LOG)).all().get(), TopicAuthorizationException.class);
      assertRefused(
          () -> admin.createTopics(List.of(new NewTopic("another", 1, (short) 1))).all().get(),
          TopicAuthorizationException.class);
      assertRefused(
          () ->
              admin
                  .incrementalAlterConfigs(
                      Map.of(
                          new ConfigResource(ConfigResource.Type.TOPIC, LOG),
                          List.of(
                              new AlterConfigOp(
                                  new ConfigEntry("retention.ms", "1"), AlterConfigOp.OpType.SET))))
                  .all()
                  .get(),
          TopicAuthorizationException.class);
    }
  }

  @Test
  void letsOperatorsNotTakeTheWorkersCommands() {
    Map<String, Object> operator = servers().user(OPERATOR);

    assertRefused(() -> join(operator, GROUP, LOG), GroupAuthorizationException.class);
    assertRefused(() -> read(operator, TASK_COMMANDS), TopicAuthorizationException.class);
    assertRefused(() -> write(operator, DEAD_LETTERS), TopicAuthorizationException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {TASK_COMMANDS, LOG, DEAD_LETTERS})
  void allowsNothingToOneThatCanLogInAndHasNoPermission(String topic) {
    Map<String, Object> nobody = servers().user(NOBODY);

    assertRefused(() -> write(nobody, topic), TopicAuthorizationException.class);
    assertRefused(() -> read(nobody, topic), TopicAuthorizationException.class);
  }

  @Test
  void refusesAWrongPasswordAndAnUnknownUser() {
    assertRefused(
        () -> write(servers().user(PRODUCER, "wrong"), TASK_COMMANDS),
        SaslAuthenticationException.class);
    assertRefused(
        () -> write(servers().user("somebody"), TASK_COMMANDS), SaslAuthenticationException.class);
  }

  @Test
  void refusesClientsWithoutACertificateOrWithOneThatNobodyVouchesFor() {
    assertRefused(
        () -> write(servers().withoutCertificate(), TASK_COMMANDS),
        SslAuthenticationException.class);
    assertRefused(
        () -> write(servers().stranger(), TASK_COMMANDS), SslAuthenticationException.class);
  }

  @Test
  void allowsACertificateNoMoreThanItsPrincipal() {
    assertRefused(
        () -> read(servers().certifiedProducer(), LOG), TopicAuthorizationException.class);
    assertRefused(
        () -> write(servers().certifiedProducer(), LOG), TopicAuthorizationException.class);
  }

  @Test
  void takesNoPlaintext() {
    Map<String, Object> plain = new HashMap<>(servers().user(PRODUCER));
    plain.put("security.protocol", "PLAINTEXT");

    assertRefused(() -> write(plain, TASK_COMMANDS), TimeoutException.class);
  }

  @Test
  void isNotTalkedToByClientsThatDoNotKnowItOrExpectAnotherHost() {
    Map<String, Object> mistrusting = new HashMap<>(servers().user(PRODUCER));
    mistrusting.putAll(Certificate.asTrusted(servers().trustStoreOfOthers()));
    assertRefused(() -> write(mistrusting, TASK_COMMANDS), SslAuthenticationException.class);

    Map<String, Object> astray = new HashMap<>(servers().user(PRODUCER));
    astray.computeIfPresent(
        "bootstrap.servers", (name, at) -> at.toString().replace("127.0.0.1", "localhost"));
    assertRefused(() -> write(astray, TASK_COMMANDS), SslAuthenticationException.class);
  }

  /** Something that a client tries. */
  private interface Attempt {
    void make() throws Exception;
  }

  private static void assertRefused(Attempt attempt, Class<? extends Throwable> why) {
    Throwable failure = catchThrowable(attempt::make);
    assertThat(failure).isNotNull();
    assertThat(failure instanceof ExecutionException ? failure.getCause() : failure)
        .isInstanceOf(why);
  }

  private static void write(Map<String, Object> client, String topic) throws Exception {
    Map<String, Object> settings = new HashMap<>(client);
    settings.put(
        "enable.idempotence", false); // Else the cluster refuses first what the topic would.
    try (KafkaProducer<byte[], byte[]> producer = producer(settings)) {
      producer.send(new ProducerRecord<>(topic, bytes("forged"))).get();
    }
  }

  private static void read(Map<String, Object> client, String topic) {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(client, Map.of())) {
      List<TopicPartition> partition = List.of(new TopicPartition(topic, 0));
      consumer.assign(partition);
      consumer.seekToBeginning(partition);
      consumer.poll(Duration.ofSeconds(10));
    }
  }

  private static void join(Map<String, Object> client, String group, String topic) {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(client, Map.of("group.id", group))) {
      consumer.subscribe(List.of(topic));
      consumer.poll(Duration.ofSeconds(10));
    }
  }

  private static void passForTheRelay(Map<String, Object> client) {
    Map<String, Object> settings = new HashMap<>(client);
    settings.put("transactional.id", RELAY);
    try (KafkaProducer<byte[], byte[]> producer = producer(settings)) {
      producer.initTransactions();
    }
  }

  private static KafkaProducer<byte[], byte[]> producer(Map<String, Object> client) {
    Map<String, Object> settings = new HashMap<>(client);
    settings.put("max.block.ms", 3000);
    return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private static KafkaConsumer<byte[], byte[]> consumer(
      Map<String, Object> client, Map<String, Object> more) {
    Map<String, Object> settings = new HashMap<>(client);
    settings.put("auto.offset.reset", "earliest");
    settings.put("isolation.level", "read_committed");
    settings.put("default.api.timeout.ms", 10_000);
    settings.putAll(more);
    return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private static void send(KafkaProducer<byte[], byte[]> producer, String topic, ObjectNode command)
      throws Exception {
    producer
        .send(
            new ProducerRecord<>(
                topic,
                bytes(command.get("subject").stringValue()),
                Schemas.JSON.writeValueAsBytes(command)))
        .get();
  }

  /** Follows a topic, as one of a group, up to an event, and returns the types of all before. */
  private static List<String> followed(String topic, UUID key, String last) {
    List<ConsumerRecord<byte[], byte[]>> read = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        consumer(
            servers().user(CONSUMER),
            Map.of("group.id", "orchestrator-consumer-" + UUID.randomUUID()))) {
      consumer.subscribe(List.of(topic));
      Awaitility.await()
          .atMost(WAIT)
          .until(
              () -> {
                consumer.poll(Duration.ofMillis(100)).forEach(read::add);
                return read.stream()
                    .anyMatch(
                        each ->
                            new String(each.key(), StandardCharsets.UTF_8).equals(key.toString())
                                && type(each).equals(last));
              });
    }
    return read.stream().map(SecureServersIT::type).toList();
  }

  private static String type(ConsumerRecord<byte[], byte[]> event) {
    return new String(event.headers().lastHeader("ce_type").value(), StandardCharsets.UTF_8);
  }

  private static CliRun run(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(servers().settings(OPERATOR));
    return CliRun.of(all);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
