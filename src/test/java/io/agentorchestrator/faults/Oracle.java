package io.agentorchestrator.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.local.Site;
import io.agentorchestrator.pipeline.Commands;
import io.agentorchestrator.pipeline.Event;
import io.agentorchestrator.pipeline.Histories;
import io.agentorchestrator.pipeline.Settling;
import io.agentorchestrator.pipeline.Tables;
import io.agentorchestrator.pipeline.TopicReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.Header;
import org.awaitility.Awaitility;

/**
 * Judges, once all is over, what came of a load: each command one effect, each change of state told
 * once and in order, and nothing else; on the topics as they are, offset by offset, with committed
 * records only.
 */
final class Oracle {

  /** The bound within which everything drains once nothing is broken any more. */
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** What the topic takes in the one scenario that sends more. */
  static final int MAX_DEAD_LETTER = 2 * 1024 * 1024;

  /** What a dead letter has besides what its record had. */
  private static final String DEAD_LETTER_HEADER = "dlt_";

  private static final Set<String> IN_MAILBOX =
      Set.of("task.assigned.v1", "task.released.v1", "task.timed-out.v1", "task.canceled.v1");

  /** What was looked at. */
  record Verdict(int messages, int commands, int events, int deadLetters) {}

  private record Place(String topic, int partition, long offset) {}

  private final Site site;
  private final Load load;
  private final boolean truncated;
  private final Plan plan;
  private final List<Load.Sent> sent;

  private Oracle(Site site, Load load, boolean truncated) {
    this.site = site;
    this.load = load;
    this.truncated = truncated;
    this.plan = load.plan();
    this.sent = load.join();
  }

  /**
   * Waits until all is at rest, and judges.
   *
   * @param site as seen past the proxies
   * @param truncated whether any dead letter may lack its value, for at times their topic took none
   * @param rest where a worker shows its reads
   * @param management where each worker that runs shows its metrics
   * @throws AssertionError naming what is wrong
   */
  static Verdict judge(
      Site site, Load load, boolean truncated, URI rest, Collection<URI> management) {
    return new Oracle(site, load, truncated).judge(rest, management);
  }

  private Verdict judge(URI rest, Collection<URI> management) {
    awaitEnds();
    try (TopicReader log = reader("orchestrator.log")) {
      Settling.await(site, log);
      List<ConsumerRecord<byte[], byte[]>> records = log.toTheEnd();
      List<Event> events = records.stream().map(Event::of).toList();
      judgeTopicAgainstTable(events);
      judgeCommands(events);
      new Histories(events).assertTold(rest);
      judgeMailboxes(events);
      int deadLetters = judgeDeadLetters();
      judgeTables();
      management.forEach(Oracle::judgeWorker);
      load.requireSound();
      return new Verdict(
          sent.size(), plan.expected().size() + load.answers().size(), events.size(), deadLetters);
    }
  }

  private void awaitEnds() {
    Map<UUID, String> ends = new HashMap<>();
    try {
      Awaitility.await("the ends of all tasks and workflows")
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(500))
          .ignoreExceptionsInstanceOf(IllegalStateException.class)
          .until(
              () -> {
                ends.clear();
                Databases.rows(
                        site,
                        "SELECT id, status FROM tasks UNION ALL SELECT id, status FROM workflows")
                    .forEach(row -> ends.put(UUID.fromString(row.get(0)), row.get(1)));
                return ends.equals(plan.ends());
              });
    } catch (RuntimeException e) {
      Map<UUID, String> differences = new TreeMap<>();
      plan.ends()
          .forEach(
              (id, end) -> {
                String status = String.valueOf(ends.get(id));
                if (!status.equals(end)) {
                  differences.put(id, status + " instead of " + end);
                }
              });
      Set<UUID> others = new HashSet<>(ends.keySet());
      others.removeAll(plan.ends().keySet());
      throw new AssertionError(
          "Not ended as planned: %s; not planned: %s".formatted(differences, others), e);
    }
  }

  private void judgeTopicAgainstTable(List<Event> events) {
    List<String> told = events.stream().map(event -> event.json().get("id").stringValue()).toList();
    assertThat(told).as("events told twice").doesNotHaveDuplicates();
    Set<String> rows =
        Databases.rows(site, "SELECT id FROM orchestration_log").stream()
            .map(List::getFirst)
            .collect(Collectors.toSet());
    assertThat(new HashSet<>(told)).as("events on the topic and in the table").isEqualTo(rows);
  }

  private void judgeCommands(List<Event> events) {
    Map<String, List<Event>> caused =
        events.stream().collect(Collectors.groupingBy(Event::commandId));
    plan.expected()
        .forEach(
            (command, expected) ->
                assertThat(told(caused, command, plan.subject(command)))
                    .as("told of command %s about %s", command, plan.subject(command))
                    .isEqualTo(expected));
    load.answers()
        .forEach(
            (command, answer) ->
                assertThat(told(caused, command, answer.task().toString()))
                    .as("told of the fleet's command %s: %s", command, answer)
                    .containsExactly(answer.told()));
    for (Event event : events) {
      if (event.commandSource().equals(Commands.SOURCE)) {
        assertThat(
                plan.expected().containsKey(event.commandId())
                    || load.answers().containsKey(event.commandId()))
            .as("somebody asked for %s", event.json())
            .isTrue();
      } else {
        assertThat(event.commandSource())
            .isIn("/agent-orchestrator/dispatch", "/agent-orchestrator/timer");
      }
    }
  }

  /** A dead letter is about nobody where not even its type could be read. */
  private static List<String> told(
      Map<String, List<Event>> caused, String command, String subject) {
    return caused.getOrDefault(command, List.of()).stream()
        .filter(event -> event.key() == null || subject.equals(event.key()))
        .map(event -> event.type().equals("command.rejected.v1") ? event.rejection() : event.type())
        .toList();
  }

  /** The agents' topic has byte for byte what the log has for agents, of each task in order. */
  private void judgeMailboxes(List<Event> events) {
    Map<String, List<String>> expected = new HashMap<>();
    for (Event event : events) {
      String agent = event.header("ce_agentid");
      if (agent != null && IN_MAILBOX.contains(event.type())) {
        expected
            .computeIfAbsent(agent + " of " + event.key(), key -> new ArrayList<>())
            .add(text(event.record()));
      }
    }
    try (TopicReader mailboxes = reader("orchestrator.assignments")) {
      Map<String, List<String>> found = new HashMap<>();
      for (ConsumerRecord<byte[], byte[]> record : mailboxes.toTheEnd()) {
        Event event = Event.of(record);
        found
            .computeIfAbsent(
                event.key() + " of " + event.json().get("subject").stringValue(),
                key -> new ArrayList<>())
            .add(text(record));
      }
      assertThat(found).as("mailboxes").isEqualTo(expected);
    }
  }

  private static String text(ConsumerRecord<byte[], byte[]> record) {
    return new String(record.value(), StandardCharsets.UTF_8);
  }

  /** After a crash one may be there twice; where it was tells. */
  private int judgeDeadLetters() {
    Map<Place, Load.Sent> expected = new HashMap<>();
    for (Load.Sent each : sent) {
      if (each.message().dead() != null) {
        RecordMetadata place = placeOf(each);
        expected.put(new Place(place.topic(), place.partition(), place.offset()), each);
      }
    }
    try (TopicReader deadLetters = reader("orchestrator.commands.dead-letter")) {
      Set<Place> found = new HashSet<>();
      for (ConsumerRecord<byte[], byte[]> record : deadLetters.toTheEnd()) {
        Place place =
            new Place(
                header(record, "dlt_topic"),
                Integer.parseInt(header(record, "dlt_partition")),
                Long.parseLong(header(record, "dlt_offset")));
        Load.Sent letter = expected.get(place);
        assertThat(letter).as("a dead letter of %s: %s", place, record.headers()).isNotNull();
        judgeDeadLetter(record, Objects.requireNonNull(letter));
        found.add(place);
      }
      assertThat(found).as("dead letters").isEqualTo(expected.keySet());
      return found.size();
    }
  }

  /** It is as it was sent, or says that it lacks its value, and of which content. */
  private void judgeDeadLetter(ConsumerRecord<byte[], byte[]> record, Load.Sent letter) {
    Plan.Message message = letter.message();
    assertThat(header(record, "dlt_reason")).isEqualTo(message.dead());
    assertThat(record.key()).as("its key").isEqualTo(letter.record().key());
    List<Header> sentHeaders = List.of(letter.record().headers().toArray());
    List<Header> headers =
        Stream.of(record.headers().toArray())
            .filter(each -> !each.key().startsWith(DEAD_LETTER_HEADER))
            .toList();
    if (message.value().length > MAX_DEAD_LETTER
        || (truncated && record.headers().lastHeader("dlt_truncated") != null)) {
      assertThat(record.value()).as("its bytes").isNull();
      assertThat(header(record, "dlt_truncated")).isEqualTo("true");
      assertThat(header(record, "dlt_sha256")).isEqualTo(sha256(message.value()));
      assertThat(headers).as("its headers").isIn(sentHeaders, List.of());
    } else {
      assertThat(Arrays.equals(record.value(), message.value())).as("its bytes").isTrue();
      assertThat(record.headers().lastHeader("dlt_truncated")).isNull();
      assertThat(record.headers().lastHeader("dlt_sha256")).isNull();
      assertThat(headers).as("its headers").isEqualTo(sentHeaders);
    }
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static RecordMetadata placeOf(Load.Sent sent) {
    try {
      return sent.place().get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
  }

  private void judgeTables() {
    try (Connection connection = Databases.connect(site)) {
      Tables.assertConsistent(connection);
      assertThat(Settling.count(connection, "SELECT sum(running_tasks) FROM agent_activity"))
          .as("slots still taken")
          .isZero();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** No connection leaked or is still in use, and the relay has caught up. */
  private static void judgeWorker(URI management) {
    Awaitility.await("the relay's lag and the pools as %s shows them".formatted(management))
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              Map<String, Double> metrics = Metrics.of(management);
              assertThat(metrics.get("orchestrator_relay_lag_seconds")).isLessThan(1);
              assertThat(metrics.get("orchestrator_connection_leaks_total")).isZero();
              assertThat(metrics.get("hikaricp_connections_active"))
                  .as("connections in use")
                  .isZero();
            });
  }

  private TopicReader reader(String topic) {
    return new TopicReader(site.servers().bootstrapServers(), site.topic(topic));
  }
}
