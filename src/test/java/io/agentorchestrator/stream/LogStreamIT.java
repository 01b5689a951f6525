package io.agentorchestrator.stream;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.local.LocalWorker;
import io.agentorchestrator.local.Site;
import io.agentorchestrator.rest.Reading;
import io.agentorchestrator.schemas.Schemas;
import io.agentorchestrator.stream.LogWriter.Written;
import io.agentorchestrator.stream.StreamClient.Message;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/**
 * The stream of a worker with a small window. Its log has no relay, so that tests write what comes
 * when they like; each reads what is about entities of its own.
 */
class LogStreamIT {

  private static final int WINDOW = 200;
  private static final int READERS = 1000;
  private static final int READERS_OF_A_CLIENT = 50;
  private static final String TASK_EVENT = "task.progressed.v1";
  private static final Site SITE = Site.fresh();

  private static LocalWorker worker;
  private static LogWriter log;

  private final UUID entity = UUID.randomUUID();

  @BeforeAll
  static void start() {
    worker = startWorker();
    log = new LogWriter(SITE);
  }

  private static LocalWorker startWorker() {
    return LocalWorker.start(
        SITE,
        "--orchestrator.relay.enabled=false",
        "--orchestrator.stream.heartbeat=300ms",
        "--orchestrator.stream.window-events=" + WINDOW,
        "--orchestrator.stream.window-bytes=1048576",
        "--orchestrator.stream.patience=1s",
        "--orchestrator.stream.catch-ups=2",
        "--orchestrator.stream.max-readers=" + READERS,
        "--orchestrator.stream.max-readers-per-client=" + READERS_OF_A_CLIENT,
        "--server.compression.enabled=true",
        "--server.compression.mime-types=text/event-stream",
        "--server.compression.min-response-size=1");
  }

  @AfterAll
  static void stop() {
    log.close();
    worker.close();
  }

  private static StreamClient open(String query) {
    return StreamClient.open(worker.rest(), query, null);
  }

  private StreamClient openMine() {
    return open("entity_id=" + entity);
  }

  private StreamClient resumeMine(String id) {
    return StreamClient.open(worker.rest(), "entity_id=" + entity, id);
  }

  private static List<String> data(Collection<Message> messages) {
    return messages.stream().map(Message::data).toList();
  }

  private static List<String> values(Collection<Written> written) {
    return written.stream().map(Written::value).toList();
  }

  @Test
  void begins() {
    try (StreamClient client = openMine()) {
      assertThat(client.status()).isEqualTo(200);
      assertThat(client.header("content-type")).startsWith("text/event-stream");
      assertThat(client.header("cache-control")).contains("no-store");
      assertThat(client.header("x-accel-buffering")).isEqualTo("no");
      assertThat(client.comments()).isNotEmpty();
      assertThat(client.messages()).isEmpty();
    }
  }

  @Test
  void isNoSlowRequest() {
    Reading.send(HttpRequest.newBuilder(worker.rest().resolve("/api/v2/log/stream")).HEAD());
    Reading.send(HttpRequest.newBuilder(worker.rest().resolve("/api/v2/agents")));

    await().until(() -> counted("http_server_requests_seconds_count", "/api/v2/agents") > 0);
    assertThat(counted("http_server_requests_seconds_count", "log/stream")).isZero();
  }

  @Test
  void showsEventsAsTheyStandOnTheTopicInTheOrderOfEachEntity() {
    List<UUID> entities = Stream.generate(UUID::randomUUID).limit(10).toList();
    UUID agent = UUID.randomUUID();
    List<Written> written = new ArrayList<>();
    try (StreamClient all = open("");
        StreamClient types = open("type=task.released.v1&type=" + TASK_EVENT);
        StreamClient about = open("entity_id=" + entities.getFirst());
        StreamClient workflows = open("entity_type=workflow");
        StreamClient mailbox = open("agent_id=" + agent);
        StreamClient work = open("type=" + TASK_EVENT + "&agent_id=" + agent)) {
      for (int round = 0; round < 3; round++) {
        for (UUID each : entities) {
          written.addAll(log.write(2, each, TASK_EVENT, agent, "", null));
          written.addAll(log.write(1, each, "task.released.v1", agent, "", null));
          written.addAll(log.write(1, each, "workflow.started.v1"));
        }
        log.writeAndAbort(entities.getFirst());
      }
      all.await("all", () -> mine(all, written).size() == written.size());

      assertThat(mine(all, written)).containsExactlyInAnyOrderElementsOf(written);
      assertOrdered(mine(all, written));
      assertThat(all.messages())
          .allSatisfy(each -> assertThat(text(each, "type")).isEqualTo(each.type()));
      assertShows(types, written, each -> !each.type().startsWith("workflow"));
      assertShows(about, written, each -> each.entity().equals(entities.getFirst()));
      assertShows(workflows, written, each -> each.type().startsWith("workflow"));
      assertShows(mailbox, written, each -> each.type().equals("task.released.v1"));
      assertShows(work, written, each -> each.type().equals(TASK_EVENT));
    }
  }

  private static void assertShows(
      StreamClient client, List<Written> written, Predicate<Written> wanted) {
    List<Written> expected = written.stream().filter(wanted).toList();
    client.await("what it wants", () -> mine(client, written).size() >= expected.size());
    assertThat(mine(client, written)).containsExactlyInAnyOrderElementsOf(expected);
    assertOrdered(mine(client, written));
  }

  private static List<Written> mine(StreamClient client, List<Written> written) {
    return shown(client.messages(), written);
  }

  /** What was shown of what was written, in the order in which it was. */
  private static List<Written> shown(List<Message> got, List<Written> written) {
    Map<String, Written> byValue = new HashMap<>();
    written.forEach(each -> byValue.put(each.value(), each));
    return got.stream()
        .filter(each -> byValue.containsKey(each.data()))
        .map(each -> byValue.get(each.data()))
        .toList();
  }

  private static void assertOrdered(List<Written> shown) {
    Map<UUID, Long> last = new HashMap<>();
    for (Written each : shown) {
      assertThat(each.version()).isGreaterThan(last.getOrDefault(each.entity(), 0L));
      last.put(each.entity(), each.version());
    }
  }

  @Test
  void resumesExactlyWhereverItIsBrokenOff() {
    List<UUID> entities = Stream.generate(UUID::randomUUID).limit(8).toList();
    Random random = new Random(5);
    StreamClient client = open("");
    CompletableFuture<List<Written>> writing =
        CompletableFuture.supplyAsync(
            () ->
                IntStream.range(0, 120)
                    .mapToObj(i -> log.write(25, entities.get(i % 8), TASK_EVENT))
                    .flatMap(List::stream)
                    .toList());
    List<Message> got = new ArrayList<>();
    String id = client.lastId();
    client.close();
    // Over and over: at once, or only once the window has moved on.
    while (!writing.isDone()) {
      try (StreamClient next =
          StreamClient.open(worker.rest(), "", id, 1 + random.nextInt(2 * WINDOW))) {
        next.await("events", () -> next.isClosed() || writing.isDone());
        if (!next.isClosed()) {
          break;
        }
        got.addAll(next.awaitEnd());
        id = got.getLast().id();
      }
    }
    List<Written> written = writing.join();
    // Behind the last event of each, all others of it are told.
    List<Written> ends =
        entities.stream().flatMap(each -> log.write(1, each, TASK_EVENT).stream()).toList();
    try (StreamClient last = StreamClient.open(worker.rest(), "", id)) {
      last.await("the rest", () -> mine(last, ends).size() == ends.size() || last.isClosed());
      got.addAll(last.messages());
    }

    List<Written> shown = shown(got, written);
    assertThat(got).extracting(Message::type).doesNotContain("reset", "dropped");
    assertThat(shown).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(written);
    assertOrdered(shown);
  }

  @Test
  void resumesOverMoreThanTheWindowHolds() {
    StreamClient client = openMine();
    List<Written> before = log.write(3, entity, TASK_EVENT);
    List<Message> got = client.await(3);
    client.close();
    List<Written> written = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      written.addAll(log.write(WINDOW, entity, TASK_EVENT));
      log.write(WINDOW, UUID.randomUUID(), TASK_EVENT);
    }

    // All at once, more than may read their past at a time.
    List<StreamClient> clients =
        IntStream.range(0, 5).mapToObj(i -> resumeMine(got.getFirst().id())).toList();
    try {
      List<Written> expected = new ArrayList<>(before.subList(1, 3));
      expected.addAll(written);
      clients.forEach(each -> each.await(expected.size()));
      List<Written> live = log.write(3, entity, TASK_EVENT);
      expected.addAll(live);
      for (StreamClient each : clients) {
        assertThat(data(each.await(expected.size()))).isEqualTo(values(expected));
      }
    } finally {
      clients.forEach(StreamClient::close);
    }
  }

  @Test
  void keepsItsPlaceBeforeTheFirstEventAndWhereNothingConcernsIt() {
    StreamClient client = openMine();
    String first = client.lastId();
    log.write(10, UUID.randomUUID(), TASK_EVENT);
    client.await("a later id", () -> !client.lastId().equals(first));
    String later = client.lastId();
    assertThat(client.messages()).isEmpty();
    assertThat(client.comments()).contains("still here");
    client.close();
    List<Written> written = log.write(2, entity, TASK_EVENT);

    try (StreamClient fromFirst = resumeMine(first);
        StreamClient fromLater = resumeMine(later)) {
      assertThat(data(fromFirst.await(2))).isEqualTo(values(written));
      assertThat(data(fromLater.await(2))).isEqualTo(values(written));
    }
  }

  @Test
  void resetsAReaderWhoseIdIsNone() {
    String good;
    try (StreamClient client = openMine()) {
      good = client.lastId();
    }
    String changed = good.charAt(5) == 'A' ? "B" : "A";
    String ofAnother = LogPosition.of(Uuid.randomUuid(), 1, 1, 1, 1).id();

    for (String id :
        List.of("nonsense", good.substring(0, 5) + changed + good.substring(6), ofAnother)) {
      assertReset(id, "unknown_id");
    }
  }

  @Test
  void resetsAReaderWhosePlaceIsGone() throws Exception {
    String old;
    try (StreamClient client = openMine()) {
      old = client.lastId();
      log.write(WINDOW, entity, TASK_EVENT);
      log.write(WINDOW, entity, TASK_EVENT);
      // Then the window holds it no more.
      client.await(2 * WINDOW);
    }
    try (Admin admin = admin()) {
      // All: a test before this one may have added partitions.
      Map<TopicPartition, RecordsToDelete> all =
          topic(admin).partitions().stream()
              .collect(
                  toMap(
                      each -> new TopicPartition(SITE.topic("orchestrator.log"), each.partition()),
                      each -> RecordsToDelete.beforeOffset(-1)));
      admin.deleteRecords(all).all().get();
      assertReset(old, "out_of_range");

      Uuid topic = topic(admin).topicId();
      assertReset(LogPosition.of(topic, 1_000_000, 0, 0, 0).id(), "out_of_range");
    }
  }

  /** Once, and then it goes on, and can be resumed. */
  private void assertReset(String id, String reason) {
    List<Message> got;
    List<Written> written;
    try (StreamClient client = resumeMine(id)) {
      client.await("reset", () -> !client.messages().isEmpty());
      written = log.write(2, entity, TASK_EVENT);
      got = client.await(3);
    }
    assertThat(got).extracting(Message::type).containsExactly("reset", TASK_EVENT, TASK_EVENT);
    assertThat(text(got.getFirst(), "reason")).isEqualTo(reason);
    assertThat(text(got.getFirst(), "message")).isNotBlank();
    assertThat(text(got.getFirst(), "id")).isEqualTo(got.getFirst().id());
    assertThat(data(got.subList(1, 3))).isEqualTo(values(written));
    try (StreamClient resumed = resumeMine(got.getFirst().id())) {
      assertThat(data(resumed.await(2))).isEqualTo(values(written));
    }
  }

  @Test
  void dropsASlowReaderAndKeepsTheOthers() {
    String large = "x".repeat(100_000);
    String query = "entity_id=" + entity;
    try (StreamClient slow = StreamClient.openWithoutReading(worker.rest(), query);
        StreamClient other = open(query)) {
      List<Written> written = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        written.addAll(log.write(1, entity, TASK_EVENT, null, large, null));
      }
      assertThat(data(other.await(100))).isEqualTo(values(written));

      List<Message> got = slow.read().awaitEnd();
      Message last = got.getLast();
      assertThat(last.type()).isEqualTo("dropped");
      assertThat(text(last, "reason")).isEqualTo("too_slow");
      assertThat(text(last, "id")).isEqualTo(last.id());
      int missed = 100 - (got.size() - 1);
      assertThat(missed).isPositive();
      assertThat(data(got.subList(0, 100 - missed)))
          .isEqualTo(values(written.subList(0, 100 - missed)));
      assertThat(counted("orchestrator_stream_ended_total", "reason=\"dropped\"")).isPositive();
      try (StreamClient resumed = resumeMine(last.id())) {
        assertThat(data(resumed.await(missed)))
            .isEqualTo(values(written.subList(100 - missed, 100)));
      }
    }
  }

  /** Of twenty clients, each of which has as many as it may. */
  @Test
  void servesAThousandReadersAtOnceAndNoMore() throws Exception {
    awaitNoReaders();
    long start = System.nanoTime();
    List<StreamClient> clients = openAll(READERS, i -> "127.0.1." + (1 + i / READERS_OF_A_CLIENT));
    try {
      long open = System.nanoTime();
      assertThat(clients).extracting(StreamClient::status).containsOnly(200);
      try (StreamClient more = StreamClient.open(worker.rest(), "", null)) {
        assertThat(more.status()).isEqualTo(503);
        assertThat(more.header("retry-after")).isNotEmpty();
        assertThat(more.header("content-type")).startsWith("application/problem+json");
      }
      long begin = System.nanoTime();
      List<Written> written = log.write(150, entity, TASK_EVENT);

      for (StreamClient client : clients) {
        assertThat(data(client.await(150))).isEqualTo(values(written));
      }
      System.out.printf(
          "1,000 readers: open after %d ms, 150 events at each after %d ms%n",
          (open - start) / 1_000_000, (System.nanoTime() - begin) / 1_000_000);
    } finally {
      clients.forEach(StreamClient::close);
      awaitNoReaders();
    }
  }

  @Test
  void servesAClientSoManyReadersAndTheOthersAllTheSame() throws Exception {
    String greedy = "127.0.2.1";
    String refusals = "reason=\"max_readers_per_client\"";
    double before = counted("orchestrator_stream_refused_total", refusals);
    List<StreamClient> clients = openAll(READERS_OF_A_CLIENT, i -> greedy);
    try {
      assertThat(clients).extracting(StreamClient::status).containsOnly(200);
      try (StreamClient more = openMineFrom(greedy);
          StreamClient other = openMineFrom("127.0.2.2")) {
        assertThat(more.status()).isEqualTo(429);
        assertThat(more.header("retry-after")).isNotEmpty();
        assertThat(more.header("content-type")).startsWith("application/problem+json");
        assertThat(more.body())
            .contains("has 50 readers", "orchestrator.stream.max-readers-per-client");
        assertThat(other.status()).isEqualTo(200);
      }
      assertThat(counted("orchestrator_stream_refused_total", refusals)).isEqualTo(before + 1);

      clients.getFirst().close();

      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> {
                try (StreamClient again = openMineFrom(greedy)) {
                  return again.status() == 200;
                }
              });
    } finally {
      clients.forEach(StreamClient::close);
    }
  }

  private StreamClient openMineFrom(String from) {
    return StreamClient.openFrom(from, worker.rest(), "entity_id=" + entity);
  }

  private List<StreamClient> openAll(int count, IntFunction<String> from) throws Exception {
    List<StreamClient> clients = new ArrayList<>();
    try (ExecutorService opening = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<StreamClient>> all =
          IntStream.range(0, count)
              .mapToObj(i -> (Callable<StreamClient>) () -> openMineFrom(from.apply(i)))
              .toList();
      for (Future<StreamClient> client : opening.invokeAll(all)) {
        clients.add(client.get());
      }
    }
    return clients;
  }

  /** A reader that went away is noticed when it does not take heartbeats. */
  private static void awaitNoReaders() {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> counted("orchestrator_stream_readers", "") == 0);
  }

  @Test
  void readsPartitionsThatAreAddedFromTheirBeginning() throws Exception {
    String before;
    try (StreamClient client = openMine();
        Admin admin = admin()) {
      before = client.lastId();
      admin
          .createPartitions(Map.of(SITE.topic("orchestrator.log"), NewPartitions.increaseTo(5)))
          .all()
          .get();
      await().ignoreExceptions().until(() -> topic(admin).partitions().size() == 5);
      List<Written> written = log.write(3, entity, TASK_EVENT, null, "", 4);

      assertThat(data(client.await(3))).isEqualTo(values(written));
      try (StreamClient resumed = resumeMine(before)) {
        assertThat(data(resumed.await(3))).isEqualTo(values(written));
      }
    }
  }

  @Test
  void isNotHeldBackByCompression() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(worker.rest().resolve("/api/v2/log/stream?entity_id=" + entity))
            .header("Accept-Encoding", "gzip")
            .build();
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<InputStream> response =
          http.send(request, HttpResponse.BodyHandlers.ofInputStream());
      assertThat(response.headers().firstValue("content-encoding")).contains("gzip");
      // Byte by byte, for readers of characters wait until they have many.
      try (InputStream body = new GZIPInputStream(response.body(), 64)) {
        assertThat(line(body)).startsWith(":");
        List<Written> written = log.write(1, entity, TASK_EVENT);
        String line = line(body);
        while (!line.startsWith("data: ")) {
          line = line(body);
        }
        assertThat(line).isEqualTo("data: " + written.getFirst().value());
      }
      http.shutdownNow();
    }
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      assertThat(next).isNotNegative();
      line.write(next);
    }
    return line.toString(StandardCharsets.UTF_8);
  }

  @Test
  void endsItsStreamsWhenTheWorkerEnds() {
    List<StreamClient> clients;
    long start;
    try (LocalWorker ending = startWorker()) {
      clients =
          IntStream.range(0, 20)
              .mapToObj(i -> StreamClient.open(ending.rest(), "entity_id=" + entity, null))
              .toList();
      log.write(2, entity, TASK_EVENT);
      clients.forEach(client -> client.await(2));
      start = System.nanoTime();
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    for (StreamClient client : clients) {
      assertThat(client.awaitEnd())
          .extracting(Message::type)
          .containsExactly(TASK_EVENT, TASK_EVENT, "closing");
    }
    // At another worker.
    List<Written> later = log.write(1, entity, TASK_EVENT);
    try (StreamClient resumed = resumeMine(clients.getFirst().lastId())) {
      assertThat(data(resumed.await(1))).isEqualTo(values(later));
    }
  }

  @Test
  void showsWhatACommandDid() {
    Reading reading = Reading.shared();
    UUID agent = UUID.randomUUID();
    UUID task = UUID.randomUUID();
    URI rest = reading.worker().rest();
    try (StreamClient about = StreamClient.open(rest, "entity_id=" + task, null);
        StreamClient mailbox = StreamClient.open(rest, "agent_id=" + agent, null)) {
      reading.apply(Reading.register(agent, "coder", Map.of()));
      reading.apply(Reading.createTask(task, "review", Map.of()));
      reading.apply(Reading.assign(task, agent));
      reading.apply(Reading.word("task.start.v1", task, agent, Map.of()));
      reading.apply(Reading.command("task.cancel.v1", task, Map.of()));

      assertThat(about.await(4))
          .extracting(Message::type)
          .containsExactly(
              "task.created.v1", "task.assigned.v1", "task.started.v1", "task.canceled.v1");
      Schemas schemas = Schemas.load();
      for (Message each : about.messages()) {
        assertThat(schemas.violations(each.type(), json(each))).isEmpty();
      }
      assertThat(mailbox.await(2))
          .extracting(Message::type)
          .containsExactly("task.assigned.v1", "task.canceled.v1");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "type=task.create.v1 | type | task.created.v1",
        "entity_type=tasks | entity_type | agent, bulk_operation, service, task, workflow",
        "entity_id=x | entity_id | UUID in lower case",
        "agent_id=x | agent_id | UUID in lower case",
        "min_position=-1 | min_position | whole number",
        "status=failure | status | type, entity_type, entity_id, agent_id, min_position",
      })
  void refusesWhatItDoesNotUnderstand(String query, String parameter, String allowed) {
    Reading.Answer answer =
        Reading.send(
            HttpRequest.newBuilder(worker.rest().resolve("/api/v2/log/stream?" + query))
                .header("Accept", "text/event-stream"));

    assertThat(answer.problem(400)).startsWith(parameter + ":").contains(allowed);
  }

  @Test
  void answersTheQuestionForHeadersWithThem() {
    Reading.Answer answer =
        Reading.send(HttpRequest.newBuilder(worker.rest().resolve("/api/v2/log/stream")).HEAD());

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("content-type")).startsWith("text/event-stream");
  }

  /** A member of a message's data. */
  private static String text(Message message, String member) {
    return json(message).get(member).stringValue();
  }

  private static JsonNode json(Message message) {
    return Schemas.parse(message.data().getBytes(StandardCharsets.UTF_8));
  }

  private static TopicDescription topic(Admin admin) throws Exception {
    String name = SITE.topic("orchestrator.log");
    return Objects.requireNonNull(
        admin.describeTopics(List.of(name)).allTopicNames().get().get(name));
  }

  private static Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", SITE.servers().bootstrapServers()));
  }

  private static double counted(String name, String tag) {
    return Reading.send(HttpRequest.newBuilder(worker.management().resolve("/actuator/prometheus")))
        .body()
        .lines()
        .filter(line -> line.startsWith(name) && line.contains(tag) && !line.startsWith("#"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }
}
