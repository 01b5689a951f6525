package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.commands.CommandProperties;
import io.agentorchestrator.local.LocalWorker;
import io.agentorchestrator.local.Site;
import io.agentorchestrator.schemas.Schemas;
import io.agentorchestrator.topics.TopicProperties;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A worker at a site of its own, a producer of commands, and readers of what comes back. */
public final class Pipeline implements AutoCloseable {

  /** A source that may do little at the shared pipeline. */
  static final String RESTRICTED = "/tests-restricted";

  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final Site site;
  private final List<LocalWorker> workers = new ArrayList<>();
  private final KafkaProducer<byte[], byte[]> producer;
  private final Schemas schemas = Schemas.load();
  private final TopicReader log;

  private Pipeline(Site site, int workers, String... settings) {
    this.site = site;
    for (int i = 0; i < workers; i++) {
      this.workers.add(LocalWorker.start(site, settings));
    }
    awaitLeaders();
    Group.awaitShared(
        site,
        this.workers.stream()
            .mapToInt(worker -> worker.bean(CommandProperties.class).concurrency())
            .sum());
    this.producer = producer(site);
    this.log = reader("orchestrator.log");
  }

  /**
   * A burst of an idempotent producer at a partition that has no leader yet may never get through:
   * it is refused in part, and what follows is then out of sequence.
   */
  private void awaitLeaders() {
    TopicProperties topics = worker().bean(TopicProperties.class);
    for (String topic :
        List.of(topics.agentCommands(), topics.taskCommands(), topics.workflowCommands())) {
      try (TopicReader commands = new TopicReader(site.servers().bootstrapServers(), topic)) {
        commands.toTheEnd();
      }
    }
  }

  /** The pipeline that the tests share which keep to entities of their own. */
  static Pipeline shared() {
    return Shared.PIPELINE;
  }

  static Pipeline start(int workers, String... settings) {
    return at(Site.fresh(), workers, settings);
  }

  static Pipeline at(Site site, int workers, String... settings) {
    return new Pipeline(site, workers, settings);
  }

  public static KafkaProducer<byte[], byte[]> producer(Site site) {
    return new KafkaProducer<>(
        Map.of(
            "bootstrap.servers",
            site.servers().bootstrapServers(),
            "max.request.size",
            64 << 20,
            "buffer.memory",
            256L << 20,
            "linger.ms",
            1),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  /** Likewise, one that bears an outage of minutes, and neither loses nor repeats anything. */
  public static KafkaProducer<byte[], byte[]> patientProducer(Site site) {
    return new KafkaProducer<>(
        Map.of(
            "bootstrap.servers",
            site.servers().bootstrapServers(),
            "max.request.size",
            64 << 20,
            "delivery.timeout.ms",
            600_000,
            "request.timeout.ms",
            5_000,
            "max.block.ms",
            600_000,
            "linger.ms",
            1),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  Site site() {
    return site;
  }

  List<LocalWorker> workers() {
    return List.copyOf(workers);
  }

  LocalWorker worker() {
    return workers.getFirst();
  }

  TopicReader reader(String topic) {
    return new TopicReader(site.servers().bootstrapServers(), site.topic(topic));
  }

  /** Sends commands one behind the other, without waiting for each, and waits for all. */
  void sendAll(List<ObjectNode> commands) {
    sendRecords(commands.stream().map(this::record).toList());
  }

  /** Sends records likewise, and tells where they are. */
  List<RecordMetadata> sendRecords(List<ProducerRecord<byte[], byte[]>> records) {
    return records.stream().map(producer::send).toList().stream().map(Pipeline::get).toList();
  }

  /** Sends a command to the topic of its type, with its subject as the key. */
  RecordMetadata send(ObjectNode command) {
    return send(record(command));
  }

  RecordMetadata send(ProducerRecord<byte[], byte[]> record) {
    return get(producer.send(record));
  }

  private ProducerRecord<byte[], byte[]> record(ObjectNode command) {
    return record(site, command);
  }

  /** A command for the topic of its type, with its subject as the key. */
  public static ProducerRecord<byte[], byte[]> record(Site site, ObjectNode command) {
    String type = command.get("type").stringValue();
    String kind =
        type.startsWith("agent") ? "agents" : type.startsWith("task") ? "tasks" : "workflows";
    return new ProducerRecord<>(
        site.topic("orchestrator.commands." + kind),
        command.get("subject").stringValue().getBytes(StandardCharsets.UTF_8),
        Schemas.JSON.writeValueAsBytes(command));
  }

  /**
   * Sends a command and waits for the event it caused about its subject; each event seen is held to
   * its schema. One about another entity may come before it or after it.
   */
  Event ask(ObjectNode command) {
    send(command);
    String subject = command.get("subject").stringValue();
    return events(
            "event of " + command + " about its subject",
            event -> isOf(event, command) && subject.equals(event.key()),
            1)
        .getLast();
  }

  /** Waits for the events a command caused. */
  List<Event> eventsOf(ObjectNode command, int atLeast) {
    return events("events of " + command, event -> isOf(event, command), atLeast);
  }

  private static boolean isOf(Event event, ObjectNode command) {
    return event.commandId().equals(command.get("id").stringValue())
        && event.commandSource().equals(source(command));
  }

  /** Waits for the events about an entity. */
  List<Event> eventsAbout(UUID entity, int atLeast) {
    return events(
        "events about " + entity, event -> entity.toString().equals(event.key()), atLeast);
  }

  List<Event> events(String what, java.util.function.Predicate<Event> wanted, int atLeast) {
    List<Event> found = new ArrayList<>();
    log.until(
        what,
        records -> {
          found.clear();
          records.stream().map(Event::of).filter(wanted).forEach(found::add);
          return found.size() >= atLeast;
        });
    found.forEach(this::holdToSchema);
    return found;
  }

  /** All events on the log topic at this moment, in the order of each partition. */
  List<Event> allEvents() {
    List<Event> events = log.toTheEnd().stream().map(Event::of).toList();
    events.forEach(this::holdToSchema);
    return events;
  }

  private void holdToSchema(Event event) {
    assertThat(schemas.violations(event.type(), event.json()))
        .as("violations of its schema by %s", event.json())
        .isEmpty();
  }

  /** Waits until all commands are applied and all events are told, and returns these. */
  List<Event> settled() {
    Settling.await(site, log);
    return allEvents();
  }

  /** The sum of a worker's counters of this name that have these tags, as Prometheus reads it. */
  public static double counted(LocalWorker worker, String name, String... tags) {
    return http(worker.management().resolve("/actuator/prometheus"))
        .body()
        .lines()
        .filter(line -> line.startsWith(name + "{"))
        .filter(line -> Stream.of(tags).allMatch(line::contains))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  /** What a worker tells of a metric without tags; NaN also where it does not. */
  public static double told(LocalWorker worker, String name) {
    return http(worker.management().resolve("/actuator/prometheus"))
        .body()
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .findFirst()
        .orElse(Double.NaN);
  }

  public static HttpResponse<String> http(URI uri) {
    try {
      return HTTP.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Reads a resource that must be there. */
  JsonNode get(String path) {
    return get(worker().rest().resolve(path));
  }

  /** Reads a resource that must be there. */
  public static JsonNode get(URI uri) {
    HttpResponse<String> response = http(uri);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return Schemas.parse(response.body().getBytes(StandardCharsets.UTF_8));
  }

  /** Moves the one clock of the site's workers from now on, as far from the true time as said. */
  void moveClock(Duration ahead) {
    moveClock(site, ahead);
  }

  /** Likewise. */
  public static void moveClock(Site site, Duration ahead) {
    try (Connection connection = DriverManager.getConnection(site.servers().jdbcUrl(site.name()));
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          CREATE OR REPLACE FUNCTION orchestrator_clock() RETURNS timestamptz
            LANGUAGE sql VOLATILE AS $$ SELECT clock_timestamp() + interval '%d milliseconds' $$
          """
              .formatted(ahead.toMillis()));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  Connection database() throws SQLException {
    return DriverManager.getConnection(site.servers().jdbcUrl(site.name()));
  }

  private static String source(ObjectNode command) {
    return command.get("source").stringValue();
  }

  private static <T> T get(Future<T> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    log.close();
    producer.close();
    workers.forEach(LocalWorker::close);
  }

  private static final class Shared {
    static final Pipeline PIPELINE =
        start(
            1,
            "--orchestrator.commands.allowed-sources[0].prefix=",
            "--orchestrator.commands.allowed-sources[0].types=*",
            "--orchestrator.commands.allowed-sources[1].prefix=" + RESTRICTED,
            "--orchestrator.commands.allowed-sources[1].types=task.create.v1,workflow.*");
  }
}
