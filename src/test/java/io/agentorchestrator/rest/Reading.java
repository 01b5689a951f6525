package io.agentorchestrator.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.local.LocalWorker;
import io.agentorchestrator.local.Site;
import io.agentorchestrator.schemas.Schemas;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.kafka.listener.BatchMessageListener;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A worker that is read from. Commands are handed to it as Kafka would, so that their effect is
 * there when the call returns and several can share a transaction, and with it a time.
 */
public final class Reading {

  /** What the tests' commands come from. */
  public static final String SOURCE = "/readers";

  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final AtomicLong OFFSETS = new AtomicLong();

  private final LocalWorker worker;
  private final Site site;

  private Reading(Site site) {
    this.site = site;
    this.worker =
        LocalWorker.start(
            site,
            "--spring.jpa.properties.hibernate.session_factory.statement_inspector="
                + StatementLog.class.getName());
    // Commands are applied here without a listener to wait until something may be written.
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                sql()
                    .sql("SELECT count(*) FROM relay_confirmation")
                    .query(Integer.class)
                    .single()
                    .equals(1));
  }

  /** The worker that all tests share which keep to types and ids of their own. */
  public static Reading shared() {
    return Shared.READING;
  }

  public LocalWorker worker() {
    return worker;
  }

  public <T> T inTransaction(Supplier<T> work) {
    return new TransactionTemplate(worker.bean(PlatformTransactionManager.class))
        .execute(status -> work.get());
  }

  public JdbcClient sql() {
    return worker.bean(JdbcClient.class);
  }

  /** A session of a test's own; the caller closes it. */
  public Connection connect() throws SQLException {
    return DriverManager.getConnection(site.servers().jdbcUrl(site.name()));
  }

  /** Runs a query with one array of ids as its parameter outside of the worker's transactions. */
  public List<UUID> idsInAnotherSession(String sql, List<UUID> parameter) {
    try (Connection connection = connect();
        PreparedStatement query = connection.prepareStatement(sql)) {
      query.setArray(1, connection.createArrayOf("uuid", parameter.toArray()));
      List<UUID> ids = new ArrayList<>();
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          ids.add(row.getObject(1, UUID.class));
        }
      }
      return ids;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Writes a command. */
  public static ObjectNode command(String type, UUID subject, Map<String, ?> data) {
    ObjectNode command = Schemas.JSON.createObjectNode();
    command.put("specversion", "1.0");
    command.put("id", UUID.randomUUID().toString());
    command.put("source", SOURCE);
    command.put("type", type);
    command.put("subject", subject.toString());
    command.set("data", Schemas.JSON.valueToTree(data));
    return command;
  }

  /** Writes the registration of an agent without a lease. */
  public static ObjectNode register(UUID agent, String type, Map<String, ?> more) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("name", "An agent");
    data.put("type", type);
    data.put("endpoint", "http://127.0.0.1:9000");
    data.put("lease_seconds", 0);
    data.putAll(more);
    return command("agent.register.v1", agent, data);
  }

  /** Writes the creation of a task that nobody assigns by himself. */
  public static ObjectNode createTask(UUID task, String type, Map<String, ?> more) {
    return command("task.create.v1", task, manual(type, more));
  }

  /** Writes the creation of a workflow of such tasks. */
  public static ObjectNode createWorkflow(
      UUID workflow, String user, List<? extends Map<String, ?>> tasks, Map<String, ?> more) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("name", "A workflow");
    data.put("user_id", user);
    data.put("tasks", tasks);
    data.putAll(more);
    return command("workflow.create.v1", workflow, data);
  }

  /** A task of a workflow's creation that nobody assigns by himself. */
  public static Map<String, Object> step(UUID task, String type, Map<String, ?> more) {
    Map<String, Object> step = manual(type, more);
    step.put("task_id", task);
    return step;
  }

  private static Map<String, Object> manual(String type, Map<String, ?> more) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("type", type);
    data.put("description", "To be read.");
    data.put("assignment", "manual");
    data.putAll(more);
    return data;
  }

  /** Writes an assignment. */
  public static ObjectNode assign(UUID task, UUID agent) {
    return command("task.assign.v1", task, Map.of("agent_id", agent.toString()));
  }

  /** Writes the word of a task's holder in its first attempt. */
  public static ObjectNode word(String type, UUID task, UUID agent, Map<String, ?> more) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("agent_id", agent.toString());
    data.put("attempt", 1);
    data.putAll(more);
    return command(type, task, data);
  }

  /** Applies commands in one transaction. */
  public void apply(ObjectNode... commands) {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (ObjectNode command : commands) {
      records.add(
          new ConsumerRecord<>(
              site.topic("orchestrator.commands." + about(command.path("type").asString(""))),
              0,
              OFFSETS.incrementAndGet(),
              null,
              Schemas.JSON.writeValueAsBytes(command)));
    }
    listener().onMessage(records);
  }

  private static String about(String type) {
    if (type.startsWith("agent")) {
      return "agents";
    }
    return type.startsWith("workflow") ? "workflows" : "tasks";
  }

  @SuppressWarnings("unchecked")
  private BatchMessageListener<byte[], byte[]> listener() {
    return (BatchMessageListener<byte[], byte[]>) worker.bean(BatchMessageListener.class);
  }

  /** Asks for a path under {@code /api/v2}, or for one that begins with {@code /api}. */
  public Answer get(String path) {
    return get(path, "unnamed");
  }

  /** Reads a resource that must be there. */
  public JsonNode read(String path) {
    Answer answer = get(path);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return answer.json();
  }

  /** Reads a list and returns its rows. */
  public List<JsonNode> rows(String path) {
    return read(path).properties().iterator().next().getValue().valueStream().toList();
  }

  /** Reads a list and returns its rows' ids. */
  public List<UUID> ids(String path) {
    return rows(path).stream().map(row -> UUID.fromString(row.get("id").stringValue())).toList();
  }

  /** Reads a list page by page to its end and returns its rows' ids. */
  public List<UUID> allIds(String path) {
    List<UUID> ids = new ArrayList<>();
    String cursor = "";
    do {
      JsonNode page = read(path + cursor);
      page.properties()
          .iterator()
          .next()
          .getValue()
          .valueStream()
          .forEach(row -> ids.add(UUID.fromString(row.get("id").stringValue())));
      cursor =
          page.get("next_cursor").isNull() ? "" : "&cursor=" + page.get("next_cursor").asString();
    } while (!cursor.isEmpty());
    return ids;
  }

  /** How many statements Hibernate takes to answer. */
  public int statements(String path) {
    return sqlOf(path).size();
  }

  /** The statements Hibernate takes to answer. */
  public List<String> sqlOf(String path) {
    String name = UUID.randomUUID().toString();
    Answer answer = get(path, name);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return StatementLog.of(name);
  }

  /** How PostgreSQL would run the first statement of an answer, whatever its parameters. */
  String plan(String path, String settings) {
    return plan(path, 0, settings);
  }

  /** How PostgreSQL would run one of the statements of an answer, the first being 0. */
  String plan(String path, int statement, String settings) {
    AtomicInteger parameters = new AtomicInteger();
    String sql =
        Pattern.compile("\\?")
            .matcher(sqlOf(path).get(statement))
            .replaceAll(match -> "\\$" + parameters.incrementAndGet());
    // Parameters without values are for the simple protocol only.
    String url = site.servers().jdbcUrl(site.name()) + "&preferQueryMode=simple";
    try (Connection connection = DriverManager.getConnection(url);
        Statement explain = connection.createStatement()) {
      explain.execute(settings);
      StringBuilder plan = new StringBuilder();
      try (ResultSet row = explain.executeQuery("EXPLAIN (GENERIC_PLAN) " + sql)) {
        while (row.next()) {
          plan.append(row.getString(1)).append('\n');
        }
      }
      return plan.toString();
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  private Answer get(String path, String name) {
    return send(
        HttpRequest.newBuilder(worker.rest().resolve(whole(path)))
            .header(StatementLog.HEADER, name));
  }

  static String whole(String path) {
    return path.startsWith("/api/") ? path : "/api/v2" + path;
  }

  /** Sends any request. */
  public static Answer send(HttpRequest.Builder request) {
    return send(HTTP, request);
  }

  /** Likewise. Of a stream of events it takes the beginning, for there is no end. */
  public static Answer send(HttpClient http, HttpRequest.Builder request) {
    try {
      HttpResponse<byte[]> response =
          http.send(
              request.build(),
              info ->
                  info.headers()
                          .firstValue("content-type")
                          .orElse("")
                          .startsWith("text/event-stream")
                      ? new Beginning()
                      : HttpResponse.BodySubscribers.ofByteArray());
      return new Answer(response);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Where a path of the reads is. */
  public URI uri(String path) {
    return worker.rest().resolve(path);
  }

  /** The names of an object's fields, in their order. */
  public static List<String> names(JsonNode object) {
    return List.copyOf(object.propertyNames());
  }

  /** The texts in an array. */
  public static List<String> texts(JsonNode array) {
    return array.valueStream().map(JsonNode::asString).toList();
  }

  /** Ids in an order of their own, which is not that of Java. */
  public static List<UUID> ids(int count) {
    return Stream.generate(UUID::randomUUID).limit(count).toList();
  }

  /** What came back. */
  public record Answer(HttpResponse<byte[]> response) {

    public int status() {
      return response.statusCode();
    }

    public String body() {
      return new String(response.body(), StandardCharsets.UTF_8);
    }

    public JsonNode json() {
      return Schemas.parse(response.body());
    }

    public String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }

    /** A problem's detail, which must be one. */
    public String problem(int status) {
      assertThat(status()).as(body()).isEqualTo(status);
      assertThat(header("content-type")).startsWith("application/problem+json");
      assertThat(json().get("status").intValue()).isEqualTo(status);
      return json().path("detail").asString("");
    }
  }

  /** Takes what comes first of a body, and then no more. */
  private static final class Beginning implements HttpResponse.BodySubscriber<byte[]> {

    private final CompletableFuture<byte[]> first = new CompletableFuture<>();
    private Flow.@Nullable Subscription subscription;

    @Override
    public CompletionStage<byte[]> getBody() {
      return first;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      this.subscription = subscription;
      subscription.request(1);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      for (ByteBuffer buffer : buffers) {
        byte[] part = new byte[buffer.remaining()];
        buffer.get(part);
        bytes.writeBytes(part);
      }
      first.complete(bytes.toByteArray());
      Objects.requireNonNull(subscription).cancel();
    }

    @Override
    public void onError(Throwable failure) {
      first.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
      first.complete(new byte[0]);
    }
  }

  private static final class Shared {
    static final Reading READING = new Reading(Site.fresh());
  }
}
