package io.agentorchestrator.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.internals.AutoOffsetResetStrategy;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.listener.BatchMessageListener;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.KafkaMessageListenerContainer;

class HearingTest {

  private static final String TOPIC = "agents";
  private static final TopicPartition FIRST = new TopicPartition(TOPIC, 0);
  private static final TopicPartition SECOND = new TopicPartition(TOPIC, 1);
  private static final Instant START = Instant.parse("2026-11-23T09:00:00Z");

  private final AtomicLong nanos = new AtomicLong(-7);
  private final Broker broker = new Broker();
  private final Database database = new Database();
  private final Hearing hearing = new Hearing(broker, database, TOPIC, nanos::get, Runnable::run);
  private final MockConsumer<byte[], byte[]> consumer =
      new MockConsumer<>(AutoOffsetResetStrategy.EARLIEST.name());

  /** Answers as it is told to. */
  private static final class Broker extends PartitionEnds {
    private final Map<TopicPartition, CompletableFuture<Long>> answers = new HashMap<>();
    private final List<Set<TopicPartition>> questions = new ArrayList<>();
    private @Nullable KafkaException refusal;

    Broker() {
      super(
          () -> {
            throw new KafkaException("nobody to ask");
          });
    }

    void endsAt(TopicPartition partition, long offset) {
      answers.put(partition, CompletableFuture.completedFuture(offset));
    }

    CompletableFuture<Long> keepsSilentAbout(TopicPartition partition) {
      CompletableFuture<Long> answer = new CompletableFuture<>();
      answers.put(partition, answer);
      return answer;
    }

    @Override
    Map<TopicPartition, CompletableFuture<Long>> ask(Set<TopicPartition> partitions) {
      questions.add(Set.copyOf(partitions));
      if (refusal != null) {
        throw refusal;
      }
      Map<TopicPartition, CompletableFuture<Long>> given = new HashMap<>();
      partitions.forEach(
          each ->
              given.put(each, answers.getOrDefault(each, CompletableFuture.completedFuture(0L))));
      return given;
    }
  }

  /** Its clock and the consumer's run alike, until it is told to be slow. */
  private final class Database extends HeardPartitions {
    private final ConcurrentLinkedQueue<Map<Integer, Instant>> marks =
        new ConcurrentLinkedQueue<>();
    private boolean away;
    private Duration slow = Duration.ZERO;

    Database() {
      super(JdbcClient.create(new DriverManagerDataSource()));
    }

    @Override
    Instant clock() {
      Instant clock = at(nanos.get());
      nanos.addAndGet(slow.toNanos());
      return clock;
    }

    @Override
    void record(String topic, SortedMap<Integer, Instant> heardUntil) {
      assertThat(topic).isEqualTo(TOPIC);
      if (away) {
        throw new QueryTimeoutException("away");
      }
      marks.add(Map.copyOf(heardUntil));
    }
  }

  private static Instant at(long nanos) {
    return START.plusNanos(nanos);
  }

  private Instant now() {
    return at(nanos.get());
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  private void poll() {
    hearing.setupThreadState(consumer);
  }

  private void has(TopicPartition partition, long position) {
    Set<TopicPartition> assigned = new HashSet<>(consumer.assignment());
    if (assigned.add(partition)) {
      Map<TopicPartition, Long> positions = new HashMap<>();
      consumer.assignment().forEach(each -> positions.put(each, consumer.position(each)));
      consumer.assign(assigned);
      positions.forEach(consumer::seek);
    }
    consumer.seek(partition, position);
  }

  @Test
  void marksWhenItAskedWhileNothingComes() {
    has(FIRST, 5);
    has(SECOND, 0);
    broker.endsAt(FIRST, 5);
    Instant asked = now();

    poll();
    pass(Duration.ofMillis(250));
    poll();

    assertThat(database.marks).containsExactly(Map.of(0, asked, 1, asked));
  }

  @Test
  void asksOnceASecond() {
    has(FIRST, 0);

    for (int i = 0; i < 12; i++) {
      poll();
      pass(Duration.ofMillis(250));
    }

    assertThat(broker.questions).hasSize(3);
    assertThat(database.marks)
        .extracting(mark -> mark.get(0))
        .containsExactly(at(-7), at(-7).plusSeconds(1), at(-7).plusSeconds(2));
  }

  @Test
  void getsOnUnderAConstantStream() {
    has(FIRST, 0);
    broker.endsAt(FIRST, 10);
    Instant first = now();
    poll();
    broker.endsAt(FIRST, 40);

    for (int position = 3; position < 10; position += 3) {
      pass(Duration.ofSeconds(1));
      has(FIRST, position);
      poll();
      assertThat(database.marks).isEmpty();
    }
    pass(Duration.ofSeconds(1));
    has(FIRST, 12);
    Instant second = now();
    poll();
    assertThat(database.marks).containsExactly(Map.of(0, first));

    pass(Duration.ofSeconds(1));
    has(FIRST, 40);
    poll();
    assertThat(database.marks).containsExactly(Map.of(0, first), Map.of(0, second));
  }

  @Test
  void doesNotWaitForAPartitionThatIsBehind() {
    has(FIRST, 0);
    has(SECOND, 0);
    broker.endsAt(SECOND, 10);
    Instant asked = now();
    poll();
    poll();
    assertThat(database.marks).as("within the round").isEmpty();

    pass(Duration.ofSeconds(1));
    poll();

    assertThat(database.marks).containsExactly(Map.of(0, asked));
    assertThat(broker.questions).containsExactly(Set.of(FIRST, SECOND), Set.of(FIRST));
  }

  @Test
  void marksNothingWhileTheBrokerKeepsSilent() {
    has(FIRST, 0);
    CompletableFuture<Long> answer = broker.keepsSilentAbout(FIRST);
    Instant asked = now();
    for (int i = 0; i < 3; i++) {
      poll();
      pass(Duration.ofSeconds(1));
    }
    assertThat(database.marks).isEmpty();
    assertThat(broker.questions).hasSize(1);

    answer.complete(0L);
    poll();

    assertThat(database.marks).containsExactly(Map.of(0, asked));
  }

  @Test
  void asksAgainWhenTheBrokerWasAway() {
    has(FIRST, 0);
    CompletableFuture<Long> answer = broker.keepsSilentAbout(FIRST);
    poll();
    answer.completeExceptionally(new TimeoutException("away"));
    broker.refusal = new KafkaException("away");
    pass(Duration.ofSeconds(1));
    assertThatNoException().isThrownBy(this::poll);
    broker.refusal = null;
    broker.endsAt(FIRST, 0);
    pass(Duration.ofSeconds(1));
    Instant asked = now();
    poll();
    assertThat(database.marks).isEmpty();

    pass(Duration.ofMillis(250));
    poll();

    assertThat(database.marks).containsExactly(Map.of(0, asked));
  }

  @Test
  void letsTheDatabaseBeAway() {
    has(FIRST, 0);
    database.away = true;
    poll();
    pass(Duration.ofSeconds(1));
    assertThatNoException().isThrownBy(this::poll);

    database.away = false;
    Instant asked = now();
    pass(Duration.ofMillis(250));
    poll();

    assertThat(database.marks).containsExactly(Map.of(0, asked));
  }

  @Test
  void countsASlowDatabaseAgainstTheMark() {
    has(FIRST, 0);
    database.slow = Duration.ofSeconds(20);
    Instant asked = now();
    poll();
    pass(Duration.ofMillis(250));

    poll();

    assertThat(database.marks).containsExactly(Map.of(0, asked.minusSeconds(20)));
  }

  @Test
  void forgetsWhatItAskedOfAPartitionThatIsGone() {
    has(FIRST, 0);
    broker.endsAt(FIRST, 10);
    poll();
    consumer.assign(Set.of());
    poll();
    has(FIRST, 10);
    poll();
    assertThat(database.marks).isEmpty();

    pass(Duration.ofSeconds(1));
    Instant asked = now();
    poll();
    pass(Duration.ofMillis(250));
    poll();

    assertThat(database.marks).containsExactly(Map.of(0, asked));
  }

  @Test
  void mindsItsTopicOnly() {
    has(new TopicPartition("tasks", 0), 0);

    poll();
    pass(Duration.ofSeconds(1));
    poll();

    assertThat(broker.questions).isEmpty();
    assertThat(database.marks).isEmpty();
  }

  @Test
  void hearsNothingWhileABatchWaits() {
    AtomicBoolean refused = new AtomicBoolean(true);
    AtomicInteger tries = new AtomicInteger();
    broker.endsAt(FIRST, 1);
    consumer.updateBeginningOffsets(Map.of(FIRST, 0L));
    consumer.schedulePollTask(
        () -> {
          consumer.rebalance(List.of(FIRST));
          consumer.addRecord(new ConsumerRecord<>(TOPIC, 0, 0, null, new byte[0]));
        });
    Hearing everyPoll =
        new Hearing(
            broker, database, TOPIC, () -> nanos.addAndGet(Hearing.ROUND.toNanos()), Runnable::run);
    KafkaMessageListenerContainer<byte[], byte[]> container =
        container(
            records -> {
              tries.incrementAndGet();
              if (refused.get()) {
                throw new IllegalStateException("PostgreSQL is away");
              }
            });
    container.setBatchInterceptor(everyPoll);

    container.start();
    try {
      await().until(() -> tries.get() >= 4);
      assertThat(consumer.position(FIRST)).as("ahead of what is applied").isEqualTo(1);
      assertThat(database.marks).isEmpty();
      refused.set(false);

      await().until(() -> !database.marks.isEmpty());
    } finally {
      container.stop();
    }
  }

  private KafkaMessageListenerContainer<byte[], byte[]> container(
      BatchMessageListener<byte[], byte[]> listener) {
    ContainerProperties settings = new ContainerProperties(TOPIC);
    settings.setGroupId("group");
    settings.setPollTimeout(1);
    settings.setMessageListener(listener);
    KafkaMessageListenerContainer<byte[], byte[]> container =
        new KafkaMessageListenerContainer<>(
            new DefaultKafkaConsumerFactory<byte[], byte[]>(Map.of()) {
              @Override
              protected Consumer<byte[], byte[]> createRawConsumer(Map<String, Object> settings) {
                return consumer;
              }
            },
            settings);
    container.setCommonErrorHandler(new WaitingErrorHandler(Duration.ofMillis(100)));
    return container;
  }
}
