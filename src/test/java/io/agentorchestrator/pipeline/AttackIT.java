package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
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
import org.springframework.core.env.Environment;

/**
 * A worker that is attacked goes on, says what came of each message, and says nothing of what was
 * in it where it should not. {@code -Pfuzz} does so at length; {@code -Dorchestrator.seed} replays
 * a run.
 */
class AttackIT {

  private static final int MESSAGES = Integer.getInteger("orchestrator.fuzz.messages", 2_000);
  private static final int REQUESTS = Integer.getInteger("orchestrator.fuzz.requests", 1_000);
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

  /** All that a read may be answered while the database is there. */
  private static final Set<Integer> STATUSES =
      Set.of(200, 400, 401, 403, 404, 405, 406, 413, 414, 416, 417, 429, 431, 501, 505);

  private static Pipeline pipeline;

  @BeforeAll
  static void start() {
    pipeline = Pipeline.start(1);
  }

  @AfterAll
  static void stop() {
    pipeline.close();
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
    assertThat(outcomes.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(taken);
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
    assertThat(pipeline.ask(Commands.createTask(UUID.randomUUID())).type())
        .isEqualTo("task.created.v1");
  }

  @Test
  void answersEveryRequestWithWhatTheContractNames() throws Exception {
    RequestAttack attack = new RequestAttack(SEED, pipeline.worker().rest());
    Map<Integer, Integer> statuses = new TreeMap<>();
    try (LoggedErrors errors = new LoggedErrors();
        LoggedWords words = listening()) {
      for (int i = 0; i < REQUESTS; i++) {
        String request = attack.next();
        RequestAttack.Answer answer = attack.send(request);
        statuses.merge(answer.status(), 1, Integer::sum);
        assertAnswered(request, answer);
      }
      System.out.printf("AttackIT seed %d: requests by status %s%n", SEED, statuses);

      errors.assertNone();
      assertThat(words.heard()).as("what was logged of requests").isEmpty();
      assertThat(words.warnings()).as("warnings").isEmpty();
    }
    assertThat(statuses.keySet()).contains(200, 400, 404, 405);
    assertThat(pipeline.get("/api/v2/agents").has("agents")).isTrue();
  }

  private static void assertAnswered(String request, RequestAttack.Answer answer) {
    String asked = request.substring(0, Math.min(400, request.length()));
    assertThat(answer.status()).as("%s%n%s", asked, answer.text()).isIn(STATUSES);
    assertThat(answer.head()).as(asked).doesNotContainIgnoringCase("x-injected");
    if (answer.status() >= 400 && !answer.body().isEmpty()) {
      assertThat(answer.head()).as(asked).contains("application/problem+json");
      assertThat(answer.body())
          .as(asked)
          .doesNotContain("\tat ", "Exception", "org.springframework", "org.postgresql", "<html");
    }
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
