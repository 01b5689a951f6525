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
import io.agentorchestrator.production.KafkaAttempts.Attempt;
import io.agentorchestrator.rest.Reading;
import io.agentorchestrator.rest.Reading.Answer;
import io.agentorchestrator.schemas.Schemas;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;
import org.springframework.core.env.Environment;
import org.springframework.kafka.core.KafkaAdmin;
import tools.jackson.databind.node.ObjectNode;

/**
 * A worker that talks to PostgreSQL and Kafka over TLS alone, is read from over TLS alone, and may
 * do what {@code ops/kafka-acls.md} allows; and those who try what that does not.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SecureServersIT {

  private static final Duration WAIT = Duration.ofSeconds(60);

  private static final String TASK_COMMANDS = "orchestrator.commands.tasks";
  private static final String AGENT_COMMANDS = "orchestrator.commands.agents";
  private static final String LOG = "orchestrator.log";
  private static final String ASSIGNMENTS = "orchestrator.assignments";

  private static final List<String> PRINCIPALS =
      List.of(PRODUCER, WORKER, CONSUMER, OPERATOR, NOBODY);

  /** A name that the page does not have. */
  private static final String ANOTHER = "another";

  private static final List<String> GROUPS =
      List.of("agent-orchestrator", "orchestrator-consumer-of-this-test", ANOTHER);

  private static final List<String> TRANSACTIONAL_IDS = List.of("agent_orchestrator", ANOTHER);

  @TempDir private static Path folder;
  private static final LoggedSecrets SECRETS = new LoggedSecrets(SecureServers.PASSWORDS);
  private static @Nullable SecureServers servers;
  private static @Nullable LocalWorker worker;
  private static @Nullable HttpClient http;

  @BeforeAll
  static void start() throws Exception {
    servers = SecureServers.start(folder);
    worker = LocalWorker.start(SECRETS::listenTo, servers().settings(WORKER));
    http = HttpClient.newBuilder().sslContext(servers().trust()).build();
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
    if (http != null) {
      http.close();
    }
    if (worker != null) {
      worker.close();
    }
    if (servers != null) {
      servers.close();
    }
  }

  private static LocalWorker worker() {
    return Objects.requireNonNull(worker);
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
    Environment environment = worker().bean(Environment.class);

    assertThat(ProductionGuard.problems(environment))
        .allSatisfy(problem -> assertThat(problem).startsWith("orchestrator.security.mode"));
  }

  /** Of the brokers everything is asked, by everybody; what the page allows is let in. */
  @Test
  void allowsEachPrincipalWhatThePageDoesAndNothingElse() throws Exception {
    Map<String, Future<Map<Attempt, Boolean>>> all = new LinkedHashMap<>();
    try (ExecutorService atOnce = Executors.newVirtualThreadPerTaskExecutor()) {
      PRINCIPALS.forEach(user -> all.put(user, atOnce.submit(() -> everythingTriedBy(user))));
    }

    List<AclBinding> page = KafkaAcls.ofThePage();
    List<String> wrong = new ArrayList<>();
    List<Boolean> letIn = new ArrayList<>();
    for (Map.Entry<String, Future<Map<Attempt, Boolean>>> of : all.entrySet()) {
      of.getValue()
          .get()
          .forEach(
              (tried, isLetIn) -> {
                letIn.add(isLetIn);
                if (isLetIn
                    != KafkaAcls.allow(
                        page, of.getKey(), tried.type(), tried.name(), tried.operation())) {
                  wrong.add(
                      "%s is %s: %s".formatted(of.getKey(), isLetIn ? "let in" : "refused", tried));
                }
              });
    }
    int allowed = Collections.frequency(letIn, true);
    System.out.printf(
        "SecureServersIT: %d principals tried %d times, were let in %d times, refused %d times%n",
        all.size(), letIn.size(), allowed, letIn.size() - allowed);
    assertThat(wrong).as("what the page says otherwise").isEmpty();
    assertThat(Objects.requireNonNull(all.get(NOBODY)).get().values()).containsOnly(false);
    assertThat(allowed).isGreaterThan(50);
    assertThat(letIn).hasSizeGreaterThan(400);
  }

  private static Map<Attempt, Boolean> everythingTriedBy(String user) {
    List<String> topics =
        Stream.concat(
                KafkaAcls.ofThePage().stream()
                    .map(AclBinding::pattern)
                    .filter(pattern -> pattern.resourceType() == ResourceType.TOPIC)
                    .map(ResourcePattern::name)
                    .distinct(),
                Stream.of(ANOTHER))
            .toList();
    try (KafkaAttempts attempts = new KafkaAttempts(servers().user(user))) {
      topics.forEach(attempts::onTopic);
      GROUPS.forEach(group -> attempts.onGroup(group, LOG));
      TRANSACTIONAL_IDS.forEach(attempts::onTransactionalId);
      attempts.onCluster(user);
      return attempts.made();
    }
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

  @Test
  void tellsBrowsersToComeOverTlsAndServesNothingInTheClear() {
    for (URI uri :
        List.of(
            rest("/api/v2/agents"),
            rest("/api/v2/agents?x=1"),
            rest("/api/v2/nothing"),
            management("/actuator/health"),
            management("/actuator/nothing"))) {
      Answer answer = ask(uri);
      assertThat(answer.status()).as(uri.toString()).isNotEqualTo(500);
      assertThat(answer.header("strict-transport-security"))
          .as(uri.toString())
          .startsWith("max-age=31536000");
    }
    assertThat(ask(rest("/api/v2/agents")).status()).isEqualTo(200);
    for (URI port : List.of(worker().rest(), worker().management())) {
      Answer plain = Reading.send(HttpRequest.newBuilder(port.resolve("/api/v2/agents")));
      assertThat(plain.status()).isEqualTo(400);
      assertThat(plain.body()).contains("requires TLS");
    }
  }

  /** Everybody has every scope here. */
  @Test
  void showsNoPasswordOnEitherPort() {
    assertThat(Reading.names(ask(management("/actuator/health")).json())).contains("components");
    assertThat(ask(management("/actuator/prometheus")).body()).contains("hikaricp_connections");
    for (URI uri :
        List.of(
            management("/actuator/health"),
            management("/actuator/health/db"),
            management("/actuator/health/kafka"),
            management("/actuator/info"),
            management("/actuator/prometheus"),
            management("/actuator/env"),
            rest("/api/v2/health/database"))) {
      assertThat(ask(uri).body())
          .as(uri.toString())
          .isNotEmpty()
          .doesNotContain(SecureServers.PASSWORDS);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "orchestrator-operator, dead-letters list",
    "the-stores, dead-letters list",
    "worker, relay status"
  })
  void tellsNoPasswordThatIsRefused(String whose, String command) {
    String right = SecureServers.PASSWORDS + whose;
    List<String> all = new ArrayList<>(List.of(command.split(" ", -1)));
    for (String setting : servers().settings(OPERATOR)) {
      all.add(setting.replace(right, right + "-mistyped"));
    }

    CliRun refused = CliRun.of(all);

    assertThat(refused.exit()).isNotZero();
    assertThat(refused.err()).isNotEmpty().doesNotContain(SecureServers.PASSWORDS);
    assertThat(refused.text()).doesNotContain(SecureServers.PASSWORDS);
  }

  /** After the others, for the worker that they need has to end before. */
  @Test
  @Order(Order.DEFAULT + 1)
  void carriesACommandThroughInProductionWithCertificatesInPlaceOfPasswords() throws Exception {
    worker().close();
    worker = LocalWorker.start(SECRETS::listenTo, servers().certifiedSettings());
    assertThat(ProductionGuard.problems(worker().bean(Environment.class))).isEmpty();
    assertThat(worker().bean(KafkaAdmin.class).getConfigurationProperties())
        .containsEntry("security.protocol", "SSL")
        .doesNotContainKeys("sasl.mechanism", "sasl.jaas.config");

    UUID agent = UUID.randomUUID();
    UUID task = UUID.randomUUID();
    try (KafkaProducer<byte[], byte[]> producer = producer(servers().certifiedProducer())) {
      send(producer, AGENT_COMMANDS, Commands.registerAgent(agent, 1, "mtls"));
      send(producer, TASK_COMMANDS, Commands.autoTask(task, Map.of(), "mtls"));
    }

    assertThat(followed(LOG, task, "task.assigned.v1")).contains("task.created.v1");
  }

  /** A token that may well be good is not called a wrong one. */
  @Test
  @Order(Order.DEFAULT + 2)
  void asksToComeAgainWhileTheIssuersKeysCannotBeRead() {
    Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
    String token =
        Stream.of("{\"alg\":\"RS256\",\"kid\":\"1\"}", "{\"sub\":\"reader\"}", "no signature")
            .map(part -> base64.encodeToString(bytes(part)))
            .collect(Collectors.joining("."));

    Answer answer = ask(rest("/api/v2/agents"), "Authorization", "Bearer " + token);

    assertThat(answer.problem(503)).startsWith("The issuer's keys cannot be read now");
    assertThat(answer.header("retry-after")).isNotEmpty();
    assertThat(answer.header("www-authenticate")).isEmpty();
    ask(rest("/api/v2/agents")).problem(401);
  }

  /** After all others, of both workers. */
  @Test
  @Order(Order.DEFAULT + 3)
  void logsNoPassword() {
    assertThat(SECRETS.lines()).isGreaterThan(10);
    assertThat(SECRETS.heard()).isEmpty();

    // It would have been heard, wherever it was logged.
    for (String logger : List.of("io.agentorchestrator", "org.testcontainers")) {
      LoggerFactory.getLogger(logger)
          .atInfo()
          .addKeyValue("password", SecureServers.PASSWORDS + "this-test")
          .log("Somebody tells a password");
    }
    assertThat(SECRETS.heard()).hasSize(2);
  }

  private static URI rest(String path) {
    return URI.create("https://127.0.0.1:" + worker().rest().getPort() + path);
  }

  private static URI management(String path) {
    return URI.create("https://127.0.0.1:" + worker().management().getPort() + path);
  }

  private static Answer ask(URI uri, String... headers) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri);
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return Reading.send(Objects.requireNonNull(http), request);
  }

  /** Something that a client tries. */
  private interface Trial {
    void make() throws Exception;
  }

  private static void assertRefused(Trial trial, Class<? extends Throwable> why) {
    Throwable failure = catchThrowable(trial::make);
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
