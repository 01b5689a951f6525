package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.local.LocalWorker;
import io.agentorchestrator.local.Site;
import io.agentorchestrator.rest.ForgedCursors;
import io.agentorchestrator.schemas.DescribedRead;
import io.agentorchestrator.security.Keyring;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.core.env.Environment;
import tools.jackson.databind.node.ObjectNode;

/**
 * A worker that is attacked goes on, says what came of each message, and says nothing of what was
 * in it where it should not. {@code -Pfuzz} does so at length; {@code -Dorchestrator.seed} replays
 * a run.
 */
class AttackIT {

  private static final int MESSAGES = Integer.getInteger("orchestrator.fuzz.messages", 2_000);
  private static final int REQUESTS = Integer.getInteger("orchestrator.fuzz.requests", 1_000);
  private static final int CURSORS = Math.max(50, REQUESTS / 20);
  private static final long SEED = Long.getLong("orchestrator.seed", 20_261_123L);

  /** So many are on their way at a time. */
  private static final int ROUND = Math.max(500, MESSAGES / 40);

  /** Of more messages the events are more than this JVM's heap is for. */
  private static final int MOST_EVENTS_READ = 10_000;

  private static final int BOMBS = 3;
  private static final int TAKEN_BOMB_BYTES = 1_900_000;
  private static final int REFUSED_BOMB_BYTES = 40_000_000;

  /** What may be in use more at the end than once all had been in use. */
  private static final long MOST_GROWTH_BYTES = 64L << 20;

  /** Streams that were broken off are found out about soon. */
  private static final String HEARTBEAT = "--orchestrator.stream.heartbeat=200ms";

  private static Pipeline pipeline;

  /** Workers that ask who reads, at a site of their own: of commands they take none from ours. */
  private static final Site GUARDED = Site.fresh();

  private static final Map<Asks, Keyring> KEYRINGS = new EnumMap<>(Asks.class);
  private static final Map<Asks, LocalWorker> WORKERS = new EnumMap<>(Asks.class);

  /** What can be read at both sites. The first of them is an agent, then a task, a workflow. */
  private static final List<UUID> IDS =
      List.of(new UUID(SEED, 1), new UUID(SEED, 2), new UUID(SEED, 3));

  /** What a worker asks of who reads. */
  enum Asks {
    NOTHING,
    FOR_A_KEY,
    FOR_A_TOKEN
  }

  /** All workers, before anyone listens: one that starts later puts an end to that. */
  @BeforeAll
  static void start() throws Exception {
    pipeline = Pipeline.start(1, HEARTBEAT);
    WORKERS.put(Asks.NOTHING, pipeline.worker());
    KEYRINGS.put(Asks.FOR_A_KEY, Keyring.ofKeys());
    KEYRINGS.put(Asks.FOR_A_TOKEN, Keyring.ofTokens());
    KEYRINGS.forEach(
        (asks, keyring) ->
            WORKERS.put(
                asks,
                LocalWorker.start(
                    GUARDED,
                    Stream.concat(keyring.settings().stream(), Stream.of(HEARTBEAT))
                        .toArray(String[]::new))));
    pipeline.sendAll(somethingToRead());
    try (KafkaProducer<byte[], byte[]> producer = Pipeline.producer(GUARDED)) {
      send(
          producer,
          somethingToRead().stream().map(each -> Pipeline.record(GUARDED, each)).toList());
    }
    for (Site site : List.of(pipeline.site(), GUARDED)) {
      await()
          .atMost(Duration.ofMinutes(1))
          .until(
              () ->
                  Settling.count(
                          site,
                          """
                          SELECT (SELECT count(*) FROM agents) + (SELECT count(*) FROM tasks)
                               + (SELECT count(*) FROM workflows)""")
                      == 4);
    }
  }

  private static List<ObjectNode> somethingToRead() {
    return List.of(
        Commands.registerAgent(IDS.get(0), 1, "nothing-that-is-asked-for"),
        Commands.createTask(IDS.get(1), Map.of("tags", List.of("attacked"))),
        Commands.createWorkflow(
            IDS.get(2), Map.of(), List.of(Commands.workflowTask(new UUID(SEED, 4), "none"))));
  }

  @AfterAll
  static void stop() {
    pipeline.close();
    for (Map.Entry<Asks, Keyring> each : KEYRINGS.entrySet()) {
      LocalWorker worker = WORKERS.get(each.getKey());
      if (worker != null) {
        worker.close();
      }
      each.getValue().close();
    }
  }

  @Test
  void tellsWhatCameOfEveryMessageAndStaysAsLargeAsItWas() throws Exception {
    Attack attack = new Attack(SEED, pipeline.site());
    long taken = 0;
    long usedBefore = 0;
    try (LoggedErrors errors = new LoggedErrors();
        LoggedWords words = listening();
        KafkaProducer<byte[], byte[]> producer = Pipeline.producer(pipeline.site())) {
      for (int sent = 0; sent < MESSAGES; sent += ROUND) {
        List<ProducerRecord<byte[], byte[]>> round = new ArrayList<>();
        for (int i = 0; i < ROUND; i++) {
          round.add(attack.next());
        }
        taken += send(producer, round);
        taken += bombs();
        Settling.awaitCommands(pipeline.site());
        if (sent <= MESSAGES / 4) {
          usedBefore = usedAfterCollection();
        }
      }
      long usedAfter = usedAfterCollection();
      System.out.printf(
          "AttackIT seed %d: %d messages, heap after collection %d MiB, then %d MiB, outcomes %s%n",
          SEED, taken, usedBefore >> 20, usedAfter >> 20, outcomes());

      errors.assertNone();
      assertThat(words.heard()).as("what was logged of messages").isEmpty();
      assertThat(usedAfter - usedBefore).isLessThan(MOST_GROWTH_BYTES);
    }

    Map<String, Long> outcomes = outcomes();
    assertThat(outcomes.keySet())
        .containsOnly("accepted", "rejected", "duplicate", "dead_lettered");
    assertThat(outcomes.values().stream().mapToLong(Long::longValue).sum())
        .isEqualTo(taken + somethingToRead().size());
    assertThat(counted("orchestrator.dead.letters", "reason"))
        .as("dead letters by reason, none of them for a defect of the worker's")
        .containsEntry("PROCESSING_FAILED", 0L)
        .hasEntrySatisfying("MALFORMED", count -> assertThat(count).isPositive())
        .hasEntrySatisfying("UNKNOWN_TYPE", count -> assertThat(count).isPositive())
        .hasEntrySatisfying("SCHEMA_VIOLATION", count -> assertThat(count).isPositive())
        .hasEntrySatisfying("TOO_LARGE", count -> assertThat(count).isPositive());
    assertThat(deadLetters()).isEqualTo(outcomes.get("dead_lettered"));
    assertThat(rows("command.rejected.v1")).isEqualTo(outcomes.get("rejected"));
    if (MESSAGES <= MOST_EVENTS_READ) {
      assertThat(pipeline.settled()).isNotEmpty(); // Each of which is held to its schema.
    }
    UUID task = UUID.randomUUID();
    pipeline.send(Commands.createTask(task));
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> Pipeline.http(theTask(task)).statusCode() == 200);
  }

  /** Half of them where nothing is asked, and a quarter each where something is. */
  @ParameterizedTest
  @EnumSource
  void answersEveryRequestWithWhatTheContractNames(Asks asks) throws Exception {
    LocalWorker worker = worker(asks);
    Keyring keyring = KEYRINGS.get(asks);
    RequestAttack attack = new RequestAttack(SEED, worker, keyring, IDS);
    AnswerRules rules = new AnswerRules(keyring, worker.management());
    int requests = asks == Asks.NOTHING ? REQUESTS / 2 : REQUESTS / 4;
    Map<Integer, Integer> statuses = new TreeMap<>();
    long usedBefore = 0;
    try (LoggedErrors errors = new LoggedErrors();
        LoggedWords words = listening()) {
      for (int i = 0; i < requests; i++) {
        RequestAttack.Request request = attack.next();
        RequestAttack.Answer answer = attack.send(request);
        statuses.merge(answer.status(), 1, Integer::sum);
        rules.hold(request, answer);
        if (i == requests / 4) {
          awaitNoReaders(worker);
          usedBefore = usedAfterCollection();
        }
      }
      awaitNoReaders(worker);
      long usedAfter = usedAfterCollection();
      System.out.printf(
          "AttackIT seed %d: asking %s, heap after collection %d MiB, then %d MiB, requests by"
              + " status %s%n",
          SEED, asks, usedBefore >> 20, usedAfter >> 20, statuses);

      errors.assertNone();
      assertThat(words.heard()).as("what was logged of requests").isEmpty();
      assertThat(words.warnings()).as("warnings").isEmpty();
      assertThat(usedAfter - usedBefore).isLessThan(MOST_GROWTH_BYTES);
    }
    assertThat(statuses.keySet()).contains(200, 400, 404, 405);
    if (keyring == null) {
      assertThat(pipeline.get("/api/v2/agents").has("agents")).isTrue();
    } else {
      assertThat(statuses.keySet()).contains(401, 403);
    }
  }

  /** The checksum of a cursor is no secret: what stands behind it may be anything. */
  @Test
  void refusesCursorsThatNoPageGave() {
    ForgedCursors cursors = new ForgedCursors(new Random(SEED));
    int lists = 0;
    try (LoggedErrors errors = new LoggedErrors()) {
      for (DescribedRead read : DescribedRead.all()) {
        if (read.query().stream().anyMatch(DescribedRead.Parameter::isCursor)) {
          lists++;
          forge(cursors, read, Map.of());
        }
        if (read.query().stream().anyMatch(each -> each.name().equals("sort"))) {
          forge(cursors, read, Map.of("sort", List.of("priority")));
        }
      }
      errors.assertNone();
    }
    assertThat(lists).isGreaterThanOrEqualTo(4);
  }

  private static void forge(
      ForgedCursors cursors, DescribedRead read, Map<String, List<String>> order) {
    // Otherwise all would be refused for their checksum, and nothing tried.
    assertThat(page(read, order, ForgedCursors.right(read.path(), order)).statusCode())
        .as("%s by %s from what could be the end of a page", read, order)
        .isEqualTo(200);
    for (int i = 0; i < CURSORS; i++) {
      String cursor = cursors.next(read.path(), order);
      HttpResponse<String> answer = page(read, order, cursor);
      assertThat(answer.statusCode())
          .as("With -Dorchestrator.seed=%d, %s by %s from %s", SEED, read, order, cursor)
          .isIn(200, 400);
      if (answer.statusCode() == 400) {
        assertThat(answer.body()).contains("\"parameter\":\"cursor\"");
      }
    }
  }

  private static HttpResponse<String> page(
      DescribedRead read, Map<String, List<String>> order, String cursor) {
    String sort = order.isEmpty() ? "" : "&sort=priority";
    return Pipeline.http(
        pipeline.worker().rest().resolve(read.path() + "?cursor=" + cursor + sort));
  }

  /**
   * A body of a gigabyte that never comes: whoever waits for it keeps it, too, and before he knows
   * who sends it.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x"
      })
  void answersWithoutWaitingForABodyThatNobodyReads(String contentType) throws Exception {
    for (String method : List.of("POST", "PUT", "PATCH", "DELETE")) {
      for (Asks asks : Asks.values()) {
        String answer =
            RequestAttack.begin(
                worker(asks).rest(),
                "%s /api/v2/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\n%s\r\n\r\n"
                    .formatted(method, contentType, "Content-Length: " + (1L << 30)));
        assertThat(answer)
            .as("%s of %s to a worker that asks %s", method, contentType, asks)
            .startsWith(asks == Asks.NOTHING ? "HTTP/1.1 405" : "HTTP/1.1 401");
      }
    }
  }

  private static URI theTask(UUID id) {
    return pipeline.worker().rest().resolve("/api/v2/tasks/" + id);
  }

  /** Be it a media type or none. */
  @ParameterizedTest
  @ValueSource(strings = {"*/*", "text/*", "text/plain;charset=none-such", "text", "/", ";"})
  void doesNotMindWhatAContentThatNobodyReadsIs(String contentType) throws Exception {
    String header = "Content-Type: " + contentType;
    LocalWorker worker = worker(Asks.NOTHING);
    assertThat(statusOf(worker.rest(), "GET /api/v2/agents", header)).isEqualTo(200);
    assertThat(statusOf(worker.rest(), "PUT /api/v2/tasks", header)).isEqualTo(405);
    assertThat(statusOf(worker.rest(), "PUT /api/v2/none", header)).isEqualTo(404);
    assertThat(statusOf(worker.rest(), "PUT /api/v2/tasks/none/assign/none", header))
        .isEqualTo(405);
    assertThat(statusOf(worker.management(), "GET /actuator/health", header)).isEqualTo(200);
    assertThat(statusOf(worker.management(), "GET /actuator/health/none", header)).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''| 200",
        "','| 200",
        "' , ,'| 200",
        "',application/json,'| 200",
        "'application/json,,text/html'| 200",
        "',text/html,'| 406",
        "',a/b;q=x'| 406"
      })
  void doesNotMindThatNothingStandsBetweenCommasOfWhatIsAccepted(String accepted, int status)
      throws Exception {
    String header = "Accept: " + accepted;
    LocalWorker worker = worker(Asks.NOTHING);
    assertThat(statusOf(worker.rest(), "GET /api/v2/agents", header)).isEqualTo(status);
    assertThat(statusOf(worker.management(), "GET /actuator/health", header)).isEqualTo(status);
    assertThat(statusOf(worker.management(), "GET /actuator/health/liveness", header))
        .isEqualTo(status);
  }

  private static int statusOf(URI server, String request, String header) throws Exception {
    String answer =
        RequestAttack.begin(
            server,
            "%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s\r\n\r\n"
                .formatted(request, header));
    return Integer.parseInt(answer.split(" ", 3)[1]);
  }

  /** Whoever breaks off a stream is forgotten. */
  private static void awaitNoReaders(LocalWorker worker) {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                worker.bean(MeterRegistry.class).get("orchestrator.stream.readers").gauge().value()
                    == 0);
  }

  private static LocalWorker worker(Asks asks) {
    return Objects.requireNonNull(WORKERS.get(asks));
  }

  private static LoggedWords listening() {
    return new LoggedWords(
        pipeline.worker().bean(Environment.class).getRequiredProperty("logging.pattern.file"));
  }

  /** Returns how many of them Kafka took; of the others none is the worker's. */
  private static int send(
      KafkaProducer<byte[], byte[]> producer, List<ProducerRecord<byte[], byte[]>> records)
      throws Exception {
    List<Future<RecordMetadata>> sent = records.stream().map(producer::send).toList();
    int taken = 0;
    for (Future<RecordMetadata> each : sent) {
      try {
        each.get();
        taken++;
      } catch (ExecutionException e) {
        assertThat(e).hasCauseInstanceOf(RecordTooLargeException.class);
      }
    }
    return taken;
  }

  /**
   * Small on the way, and large once they are unpacked: those larger than a command Kafka refuses.
   */
  private static int bombs() throws Exception {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", pipeline.site().servers().bootstrapServers());
    settings.put("compression.type", "gzip");
    settings.put("max.request.size", REFUSED_BOMB_BYTES * 2);
    settings.put("buffer.memory", REFUSED_BOMB_BYTES * 4L);
    String topic = pipeline.site().topic("orchestrator.commands.tasks");
    int taken = 0;
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int i = 0; i < BOMBS; i++) {
        taken += send(producer, List.of(new ProducerRecord<>(topic, new byte[TAKEN_BOMB_BYTES])));
      }
      assertThat(send(producer, List.of(new ProducerRecord<>(topic, new byte[REFUSED_BOMB_BYTES]))))
          .isZero();
    }
    assertThat(taken).isEqualTo(BOMBS);
    return taken;
  }

  private static Map<String, Long> outcomes() {
    return counted("orchestrator.commands", "outcome");
  }

  private static Map<String, Long> counted(String name, String tag) {
    return pipeline.worker().bean(MeterRegistry.class).find(name).counters().stream()
        .collect(
            Collectors.groupingBy(
                (Counter each) -> Objects.requireNonNull(each.getId().getTag(tag)),
                TreeMap::new,
                Collectors.summingLong(each -> (long) each.count())));
  }

  /**
   * Counted by their offsets: a worker that lives on writes each once, and outside transactions.
   */
  private static long deadLetters() {
    String topic = pipeline.site().topic("orchestrator.commands.dead-letter");
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", pipeline.site().servers().bootstrapServers()),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(each -> new TopicPartition(topic, each.partition()))
              .toList();
      return consumer.endOffsets(partitions).values().stream().mapToLong(Long::longValue).sum();
    }
  }

  private static long rows(String type) {
    return Settling.count(
        pipeline.site(),
        "SELECT count(*) FROM orchestration_log WHERE type = '%s'".formatted(type));
  }

  /** Twice: what only finalisation lets go of is gone after the second. */
  private static long usedAfterCollection() {
    System.gc();
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
