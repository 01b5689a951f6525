package io.agentorchestrator.v1;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.local.LocalRedis;
import io.agentorchestrator.local.LocalWorker;
import io.agentorchestrator.local.Site;
import io.agentorchestrator.migration.OldFleet;
import io.agentorchestrator.migration.OldKind;
import io.agentorchestrator.migration.OldRecords;
import io.agentorchestrator.rest.Reading;
import io.agentorchestrator.rest.Reading.Answer;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The reads of the service before while its own store is what counts, and when they are off. */
class OldStoreReadsIT {

  private static final Site SITE = Site.fresh();

  @SuppressWarnings("NullAway.Init")
  private static LocalRedis redis;

  @SuppressWarnings("NullAway.Init")
  private static LocalWorker worker;

  private final UUID id = UUID.randomUUID();
  private final UUID agent = UUID.randomUUID();

  @BeforeAll
  static void start() {
    redis = LocalRedis.start();
    worker =
        LocalWorker.startAtRest(
            SITE, "--orchestrator.v1.source=redis", "--REDIS_URL=" + redis.url());
  }

  @AfterAll
  static void stop() {
    worker.close();
    redis.close();
  }

  @BeforeEach
  void clear() {
    try (Jedis jedis = redis.connect()) {
      jedis.flushAll();
    }
  }

  private static Answer get(LocalWorker asked, String path) {
    return Reading.send(HttpRequest.newBuilder(asked.rest().resolve(path)));
  }

  private static JsonNode read(String path) {
    Answer answer = get(worker, path);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return answer.json();
  }

  private static void put(OldKind kind, ObjectNode record) {
    redis.put(kind.key(), record.get("id").stringValue(), OldRecords.dumps(record));
  }

  @Test
  void showsRecordsAsTheyStandThere() {
    put(
        OldKind.TASK,
        OldRecords.completed(id, agent).put("status", "TaskStatus.COMPLETED").put("secret", "x"));
    put(OldKind.AGENT, OldRecords.agent(agent).put("last_seen", "2024-01-15 10:30:00"));

    assertThat(get(worker, "/api/v1/tasks/" + id).body())
        .isEqualTo(
            """
            {"id":"%s","type":"review","description":"Read the change.",\
            "input_data":{"url":"https://example.org/1","weight":1.0,"of":[1,null,true]},\
            "assigned_agents":["%s"],"status":"completed",\
            "created_at":"2024-01-15T10:30:00.123456","started_at":"2024-01-15T10:31:00",\
            "completed_at":"2024-01-15T10:31:10.500000","result":{"verdict":"fine"},"error":null,\
            "priority":3,"dependencies":[],"workflow_id":null}"""
                .formatted(id, agent));
    assertThat(get(worker, "/api/v1/agents").body())
        .isEqualTo(
            """
            {"agents":[{"id":"%s","type":"coder","name":"Agent %s","endpoint":"http://10.0.0.7:9000",\
            "capabilities":["java","review"],"status":"idle","last_seen":"2024-01-15T10:30:00",\
            "current_task":null,"performance_metrics":{"tasks_completed":12,"success_rate":0.92}}],\
            "total_count":1,"limit":100,"offset":0}"""
                .formatted(agent, agent.toString().substring(0, 4)));
    Answer answer = get(worker, "/api/v1/tasks");
    assertThat(answer.header("deprecation")).startsWith("@");
    assertThat(answer.header("cache-control")).isEqualTo("no-store");
  }

  /**
   * The same names of fields in the same order, whether the record comes from there or from here.
   */
  @Test
  void hasTheShapeThatThereIsHere() {
    put(OldKind.TASK, OldRecords.task(id));
    put(OldKind.AGENT, OldRecords.agent(agent));
    Reading here = Reading.shared();
    UUID taskHere = UUID.randomUUID();
    here.apply(Reading.createTask(taskHere, "shape", Map.of()));
    here.apply(Reading.register(UUID.randomUUID(), "shape", Map.of()));

    assertThat(Reading.names(read("/api/v1/tasks/" + id)))
        .isEqualTo(Reading.names(here.read("/api/v1/tasks/" + taskHere)));
    assertThat(Reading.names(read("/api/v1/agents").at("/agents/0")))
        .isEqualTo(Reading.names(here.read("/api/v1/agents?type=shape").at("/agents/0")));
    assertThat(Reading.names(read("/api/v1/agents")))
        .isEqualTo(Reading.names(here.read("/api/v1/agents?type=shape")));
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 64, 250, 1000})
  void showsEveryRecordOnceAsLongAsNothingChanges(int limit) {
    OldFleet fleet = OldFleet.regular(11, 250);
    fleet.writeTo(redis);
    List<String> found = new ArrayList<>();

    for (int offset = 0; offset < fleet.size(OldKind.TASK); offset += limit) {
      JsonNode page = read("/api/v1/tasks?limit=%d&offset=%d".formatted(limit, offset));
      assertThat(page.get("total_count").intValue()).isEqualTo(fleet.size(OldKind.TASK));
      page.get("tasks").forEach(each -> found.add(each.get("id").stringValue()));
    }

    assertThat(found).containsExactlyInAnyOrderElementsOf(redis.hash("tasks").keySet());
  }

  @Test
  void findsByStateAndTypeAndCountsWhatItFound() {
    OldFleet.regular(12, 250).writeTo(redis);
    put(OldKind.TASK, OldRecords.task(id).put("type", "deploy").put("status", "PENDING"));
    long pending =
        redis.hash("tasks").values().stream()
            .map(each -> JsonMapper.shared().readTree(each).get("status").stringValue())
            .filter(each -> each.equalsIgnoreCase("pending"))
            .count();

    JsonNode page = read("/api/v1/tasks?status=pending&limit=7&offset=3");

    assertThat(page.get("total_count").longValue()).isEqualTo(pending).isGreaterThan(50);
    assertThat(page.get("tasks")).hasSize(7);
    assertThat(page.get("tasks"))
        .allSatisfy(each -> assertThat(each.get("status").stringValue()).isEqualTo("pending"));
    assertThat(read("/api/v1/tasks?type=deploy&status=pending").get("tasks")).hasSize(1);
    assertThat(read("/api/v1/tasks?type=deploy&status=running").toString())
        .isEqualTo("{\"tasks\":[],\"total_count\":0,\"limit\":100,\"offset\":0}");
    assertThat(read("/api/v1/agents?status=busy").get("total_count").intValue()).isPositive();
  }

  /** What the service before would have failed at. */
  @Test
  void leavesOutWhatIsNoRecordAndShowsWhatIsOdd() {
    redis.put("tasks", "broken", "{'id': None}");
    redis.put("tasks", "nul", "{\"id\":\"nul\",\"type\":\"\\u0000\"}");
    redis.put("tasks", "bytes", new byte[] {'{', '"', (byte) 0xC3, '"', '}'});
    redis.put("tasks", "task_1", "{\"created_at\":\"yesterday\",\"priority\":NaN,\"status\":7}");

    JsonNode page = read("/api/v1/tasks");

    assertThat(page.get("tasks")).hasSize(1);
    assertThat(page.get("total_count").intValue()).isEqualTo(4);
    assertThat(page.at("/tasks/0")).isEqualTo(read("/api/v1/tasks/task_1"));
    assertThat(page.at("/tasks/0/id").stringValue()).isEqualTo("task_1");
    assertThat(page.at("/tasks/0/created_at").stringValue()).isEqualTo("yesterday");
    assertThat(page.at("/tasks/0/priority").stringValue()).isEqualTo("NaN");
    assertThat(page.at("/tasks/0/input_data").isObject()).isTrue();
    assertThat(get(worker, "/api/v1/tasks/broken").problem(404)).contains("broken");
    assertThat(get(worker, "/api/v1/tasks/" + id).problem(404)).contains(id.toString());
  }

  @Test
  void looksThroughNoMoreThanItCan() {
    try (Jedis jedis = redis.connect()) {
      jedis.eval(
          "for i = 1, %d do redis.call('HSET', 'tasks', i, '{\"type\":\"a\"}') end"
              .formatted(StoreReads.MOST_SEARCHED + 1));
    }

    assertThat(get(worker, "/api/v1/tasks?type=a&status=failed").problem(503))
        .startsWith("status, type: ");
    JsonNode all = read("/api/v1/tasks?limit=10&offset=200");
    assertThat(all.get("tasks")).hasSize(10);
    assertThat(all.get("total_count").intValue()).isEqualTo(StoreReads.MOST_SEARCHED + 1);
  }

  @Test
  void refusesAPageThatWouldBeTooLarge() {
    for (int i = 0; i < 40; i++) {
      put(OldKind.TASK, OldRecords.task(UUID.randomUUID()).put("input_data", "x".repeat(250_000)));
    }

    assertThat(get(worker, "/api/v1/tasks").problem(400))
        .isEqualTo(
            "limit: Expected at most 33 from this offset on, for more rows take over 8 MiB.");
    assertThat(read("/api/v1/tasks?limit=33").get("tasks")).hasSize(33);
  }

  @Test
  void knowsNoPositions() {
    assertThat(get(worker, "/api/v1/tasks?min_position=1").problem(400))
        .isEqualTo(
            "min_position: There is no such parameter here. Allowed: status, type, limit, offset.");
  }

  @Test
  void asksToComeAgainWhereTheStoreCannotBeRead() {
    try (Jedis jedis = redis.connect()) {
      jedis.set("agents", "no hash");
    }
    assertUnavailable(worker);

    LocalRedis gone = LocalRedis.start();
    String url = gone.url();
    gone.close();
    try (LocalWorker without =
        LocalWorker.startAtRest(SITE, "--orchestrator.v1.source=redis", "--REDIS_URL=" + url)) {
      assertUnavailable(without);
      // What is here does not depend on it.
      assertThat(get(without, "/api/v2/tasks").status()).isEqualTo(200);
    }
  }

  private static void assertUnavailable(LocalWorker asked) {
    for (String path : List.of("/api/v1/agents", "/api/v1/tasks", "/api/v1/tasks/x")) {
      Answer answer = get(asked, path);
      assertThat(answer.problem(503)).startsWith("The old store cannot answer now.");
      assertThat(answer.header("retry-after")).isEqualTo("5");
      assertThat(answer.body()).doesNotContain("redis://", "127.0.0.1");
    }
  }

  @Test
  void isGoneWhereItIsOff() {
    try (LocalWorker off = LocalWorker.startAtRest(SITE, "--orchestrator.v1.enabled=false")) {
      for (String path : List.of("/api/v1/agents", "/api/v1/tasks", "/api/v1/tasks/" + id)) {
        Answer answer = get(off, path);
        answer.problem(404);
        assertThat(answer.response().headers().map()).doesNotContainKeys("deprecation", "sunset");
        post(off, path).problem(404);
      }
      post(off, "/api/v1/agents/register").problem(404);
      assertThat(post(off, "/api/v2/agents/register").problem(405)).contains("agent.register.v1");
    }
  }

  private static Answer post(LocalWorker asked, String path) {
    return Reading.send(
        HttpRequest.newBuilder(asked.rest().resolve(path))
            .POST(HttpRequest.BodyPublishers.ofByteArray("{}".getBytes(StandardCharsets.UTF_8))));
  }
}
