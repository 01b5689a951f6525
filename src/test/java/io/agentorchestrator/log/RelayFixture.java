package io.agentorchestrator.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.local.PostgresAddress;
import io.agentorchestrator.local.Servers;
import io.agentorchestrator.topics.TopicProperties;
import io.agentorchestrator.topics.TopicSetup;
import io.agentorchestrator.topics.WallClockSteps;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;

/** A database, a slot and topics of its own, rows to relay, and what a consumer then sees. */
final class RelayFixture implements AutoCloseable {

  static final Duration PATIENCE = Duration.ofMinutes(2);

  private static final AtomicInteger COUNT = new AtomicInteger();

  private static final String INSERT =
      """
      INSERT INTO orchestration_log (id, position, recorded_at, type, operation, entity_type,
          entity_id, entity_version, status, message, command_source, command_id, command_digest,
          actor, agent_id, changes, details)
      VALUES (?, nextval('orchestration_log_position'), date_trunc('microsecond', now()), ?,
          'task.assign', 'task', ?, ?, 'success', 'A message.', '/tests', ?, 'abc',
          'alice', ?, ?::json, ?::json)""";

  final String name =
      "relay_%d_%d".formatted(ProcessHandle.current().pid(), COUNT.getAndIncrement());
  final TopicProperties topics =
      new TopicProperties(
          name + ".agents",
          name + ".tasks",
          name + ".workflows",
          name + ".log",
          name + ".assignments",
          name + ".dead-letter",
          name + ".checkpoint",
          true,
          3,
          null);
  final Map<String, Object> kafka =
      Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, Servers.shared().bootstrapServers());
  final TopicSetup topicSetup = new TopicSetup(topics, kafka);
  private final PostgresAddress postgres;

  private final List<LogRelay> relays = new ArrayList<>();

  RelayFixture() {
    this(Servers.shared().postgres());
  }

  RelayFixture(PostgresAddress postgres) {
    this.postgres = postgres;
    postgres.createDatabaseIfMissing(name);
    Flyway.configure()
        .dataSource(url(), null, null)
        .placeholders(Map.of("slot", name))
        .load()
        .migrate();
  }

  /** A relay that publishes at most so many events a transaction. */
  LogRelay relay(int maxRecords) {
    return relay(maxRecords, new RelayMetrics(new SimpleMeterRegistry()));
  }

  LogRelay relay(int maxRecords, RelayMetrics metrics) {
    return relay(maxRecords, metrics, new RelayDatabase(url(), null, null));
  }

  LogRelay relay(int maxRecords, RelayMetrics metrics, RelayDatabase database) {
    LogRelay relay =
        new LogRelay(
            properties(maxRecords),
            database,
            topics,
            topicSetup,
            kafka,
            metrics,
            InstantSource.system(),
            new WallClockSteps(InstantSource.system()));
    relays.add(relay);
    return relay;
  }

  /** Something that fails a test if it fails. */
  interface Deed {

    void happen() throws Exception;
  }

  /**
   * A relay during whose first start that happens once it has checked its slot, before its engine
   * looks for it: at that place it tells its metrics that it leads.
   */
  LogRelay relayAfterWhoseCheck(int maxRecords, Deed deed) {
    AtomicBoolean happened = new AtomicBoolean();
    return relay(
        maxRecords,
        new RelayMetrics(new SimpleMeterRegistry()) {
          @Override
          void leads(Supplier<RelayCheckpoint> committed) {
            if (!happened.getAndSet(true)) {
              try {
                deed.happen();
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            }
          }
        });
  }

  RelayProperties properties(int maxRecords) {
    return new RelayProperties(
        true, name, Duration.ofMillis(3), Duration.ofMillis(2), maxRecords, 8 << 20);
  }

  String url() {
    return postgres.jdbcUrl(name);
  }

  /** A repair of what {@link #relay} relays. */
  RelayRepair repair(int maxRecords) {
    return new RelayRepair(
        properties(maxRecords),
        new RelayDatabase(url(), null, null),
        topics,
        topicSetup,
        kafka,
        List.of(),
        InstantSource.system());
  }

  /** The last checkpoint there is. */
  Optional<RelayCheckpoint> checkpoint() {
    return new CheckpointTopic(topics, name, kafka).read();
  }

  /** Drops the slot, once nobody streams from it. */
  void dropSlot() {
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .untilAsserted(() -> execute("SELECT pg_drop_replication_slot('%s')".formatted(name)));
  }

  /** Deletes topics, and makes them anew, empty. */
  void empty(String... emptied) throws Exception {
    try (Admin admin = Admin.create(kafka)) {
      admin.deleteTopics(List.of(emptied)).all().get();
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  admin.listTopics().names().get().stream().noneMatch(List.of(emptied)::contains));
    }
    topicSetup.ensure();
  }

  LogRelay startedRelay(int maxRecords) {
    LogRelay relay = relay(maxRecords);
    relay.start();
    return relay;
  }

  static void awaitState(LogRelay relay, RelayStatus.State state) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .untilAsserted(() -> assertThat(relay.status().state()).isEqualTo(state));
  }

  Connection connect() throws SQLException {
    return DriverManager.getConnection(url());
  }

  void execute(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The first column of the first row, as text. */
  @Nullable String query(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.next() ? row.getString(1) : null;
    }
  }

  /** An entity of which entries are written, each with the next version. */
  static final class Task {

    final UUID id = UUID.randomUUID();
    private final AtomicLong version = new AtomicLong();

    /** The next entry's version is one more. */
    void goBackTo(long last) {
      version.set(last);
    }
  }

  /** Writes entries in one transaction; every tenth or so is for an agent's mailbox. */
  void append(Task task, int entries) throws SQLException {
    try (Connection connection = connect()) {
      connection.setAutoCommit(false);
      for (int i = 0; i < entries; i++) {
        append(connection, task, i % 10 == 0 ? "task.assigned.v1" : "task.progressed.v1", "{}");
      }
      connection.commit();
    }
  }

  /** Writes one entry; the caller commits. */
  static UUID append(Connection connection, Task task, String type, String changes)
      throws SQLException {
    UUID id = UUID.randomUUID();
    try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
      insert.setObject(1, id);
      insert.setString(2, type);
      insert.setObject(3, task.id);
      insert.setLong(4, task.version.incrementAndGet());
      insert.setString(5, UUID.randomUUID().toString());
      insert.setObject(6, new UUID(7, 7));
      insert.setString(7, changes);
      insert.setString(8, "{}");
      insert.executeUpdate();
    }
    return id;
  }

  long rows() throws SQLException {
    return Long.parseLong(String.valueOf(query("SELECT count(*) FROM orchestration_log")));
  }

  /** All that a consumer of committed records sees of a topic, partition by partition. */
  List<ConsumerRecord<String, byte[]>> read(String topic) {
    Map<String, Object> settings = new HashMap<>(kafka);
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 16 << 20);
    settings.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 20);
    List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
    try (Consumer<String, byte[]> consumer =
        new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
        consumer.poll(Duration.ofMillis(100)).forEach(records::add);
      }
    }
    return records;
  }

  /** Deletes what stands before the first record that has a text, from that one's partition. */
  void deleteFromTopicBefore(String text) throws Exception {
    ConsumerRecord<String, byte[]> first =
        read(topics.log()).stream()
            .filter(each -> new String(each.value(), StandardCharsets.UTF_8).contains(text))
            .findFirst()
            .orElseThrow();
    try (Admin admin = Admin.create(kafka)) {
      admin
          .deleteRecords(
              Map.of(
                  new TopicPartition(first.topic(), first.partition()),
                  RecordsToDelete.beforeOffset(first.offset())))
          .all()
          .get();
    }
  }

  void awaitPublished(long entries) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .untilAsserted(
            () -> assertThat(read(topics.log())).hasSizeGreaterThanOrEqualTo((int) entries));
  }

  /**
   * Every row is on the topic once, those of an entity in order, and the mailbox has its copies.
   */
  void assertPublishedOnce() throws SQLException {
    awaitPublished(rows());
    List<ConsumerRecord<String, byte[]>> log = read(topics.log());
    List<String> expected = new ArrayList<>();
    List<String> expectedInMailbox = new ArrayList<>();
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT id, type FROM orchestration_log")) {
      while (row.next()) {
        expected.add(row.getString("id"));
        if (row.getString("type").equals("task.assigned.v1")) {
          expectedInMailbox.add(row.getString("id"));
        }
      }
    }
    assertThat(log).extracting(event -> header(event, "ce_id")).hasSameElementsAs(expected);
    assertThat(log).hasSameSizeAs(expected);
    assertThat(read(topics.assignments()))
        .extracting(event -> header(event, "ce_id"))
        .containsExactlyInAnyOrderElementsOf(expectedInMailbox);
    Map<String, Long> versions = new HashMap<>();
    for (ConsumerRecord<String, byte[]> event : log) {
      String json = new String(event.value(), StandardCharsets.UTF_8);
      long version = Long.parseLong(json.replaceFirst("(?s).*\"entity_version\":(\\d+).*", "$1"));
      assertThat(version).isEqualTo(versions.merge(event.key(), 1L, Long::sum));
    }
  }

  static @Nullable String header(ConsumerRecord<?, ?> event, String name) {
    Header header = event.headers().lastHeader(name);
    return header == null ? null : new String(header.value(), StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws SQLException {
    relays.forEach(LogRelay::stop);
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .untilAsserted(
            () ->
                execute(
                    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
                        + " WHERE database = current_database()"));
  }
}
