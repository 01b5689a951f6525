package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.cache.SomeRedis;
import io.agentorchestrator.local.Frozen;
import io.agentorchestrator.local.LocalPostgres;
import io.agentorchestrator.local.LocalWorker;
import io.agentorchestrator.local.Servers;
import io.agentorchestrator.local.Site;
import io.agentorchestrator.rest.Reading;
import io.agentorchestrator.rest.Reading.Answer;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisConnectionException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads of a worker with a cache, and of one where it is switched off, while PostgreSQL hangs: they
 * take connections and say nothing, which is the worst it can do.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DegradationIT {

  /** A look up while waiting, a look at PostgreSQL, Redis, and a slow machine. */
  private static final Duration NOTICED = Duration.ofSeconds(5);

  private static final Duration AT_ONCE = Duration.ofSeconds(1);

  private final UUID agent = UUID.randomUUID();
  private final UUID task = UUID.randomUUID();
  private SomeRedis redis;
  private RedisClient keys;
  private LocalPostgres postgres;
  private Pipeline pipeline;
  private LocalWorker withoutCache;

  @BeforeAll
  void start(@TempDir Path folder) {
    redis = SomeRedis.start();
    keys = redis.client();
    postgres = Servers.startPostgres(folder);
    Site site = Site.fresh(Servers.of(postgres.address(), Servers.shared().bootstrapServers()));
    pipeline = Pipeline.at(site, 1, "--CACHE_REDIS_URL=" + redis.url());
    withoutCache =
        LocalWorker.startAtRest(
            site, "--CACHE_REDIS_URL=" + redis.url(), "--orchestrator.cache.enabled=false");
  }

  @AfterAll
  void stop() {
    withoutCache.close();
    pipeline.close();
    postgres.close();
    keys.close();
    redis.close();
  }

  private static Answer get(LocalWorker worker, String path) {
    return Reading.send(HttpRequest.newBuilder(worker.rest().resolve("/api/v2" + path)));
  }

  private Answer get(String path) {
    return get(pipeline.worker(), path);
  }

  private String cached(String type, UUID id, String field) {
    return String.valueOf(keys.hget("orchestrator:cache:%s:%s".formatted(type, id), field));
  }

  private void awaitCached(String type, UUID id, String version) {
    await()
        .untilAsserted(
            () -> {
              assertThat(cached(type, id, "entity_version")).isEqualTo(version);
              assertThat(cached(type, id, "json")).isNotEqualTo("null");
            });
  }

  /** What the log says of an entity, all of it. */
  private JsonNode folded(UUID entity) {
    List<Event> events = pipeline.eventsAbout(entity, 1);
    ObjectNode fold = events.getFirst().json().at("/data/changes").deepCopy().asObject();
    events.forEach(
        event ->
            event
                .json()
                .at("/data/changes")
                .properties()
                .forEach(change -> fold.set(change.getKey(), change.getValue())));
    fold.put("id", entity.toString());
    fold.set("entity_version", events.getLast().json().at("/data/entity_version"));
    return fold;
  }

  @Test
  @Order(1)
  void keepWhatTheDatabaseSaysAndForgetItWhenItChanges() {
    pipeline.ask(Commands.registerAgent(agent, 3));
    pipeline.ask(Commands.createTask(task, Map.of("input", Map.of("number", 1))));
    assertThat(get("/agents/" + agent).header("age")).isEmpty();
    assertThat(get("/tasks/" + task).status()).isEqualTo(200);
    awaitCached("agent", agent, "1");
    awaitCached("task", task, "1");

    // By whichever worker; here nobody reads it meanwhile.
    pipeline.ask(Commands.registerAgent(agent, 5));

    await().until(() -> cached("agent", agent, "entity_version").equals("2"));
    assertThat(cached("agent", agent, "json")).isEqualTo("null");
    assertThat(get("/agents/" + agent).json().get("max_concurrent_tasks").intValue()).isEqualTo(5);
    awaitCached("agent", agent, "2");
    // Nothing is kept by a worker whose cache is off.
    UUID other = UUID.randomUUID();
    pipeline.ask(Commands.registerAgent(other, 1));
    assertThat(get(withoutCache, "/agents/" + other).status()).isEqualTo(200);
    await().until(() -> cached("agent", other, "entity_version").equals("1"));
    assertThat(cached("agent", other, "json")).isEqualTo("null");
  }

  @Test
  @Order(2)
  void areAnsweredFromTheCacheOrRefusedSoonWhilePostgresHangs() {
    Frozen.during(
        postgres.processes(),
        () -> {
          double failed = failed();
          assertThatNobodyWaitsFor("/agents/" + agent);
          // Each of them, though the cache answered.
          assertThat(failed()).isGreaterThanOrEqualTo(failed + 250);
          assertThatAllAreRefusedSoon("/statistics");

          assertIsStale(get("/agents/" + agent), folded(agent));
          assertIsStale(get("/tasks/" + task), folded(task));
          assertIsRefused(get("/agents/" + UUID.randomUUID()));
          assertIsRefused(get("/tasks/" + agent)); // Known, but as another thing.
          assertIsRefused(get("/agents/" + agent + "?min_position=1"));
          assertIsRefused(get("/agents/" + agent + "?include=tasks"));
          assertIsRefused(get("/agents"));
          assertIsRefused(get("/statistics"));
          assertIsRefused(get("/statistics?min_position=1"));
          assertIsRefused(get(withoutCache, "/agents/" + agent));

          JsonNode health = get("/health/database").json();
          assertThat(health.get("status").stringValue()).isEqualTo("unhealthy");
          assertThat(
                  Pipeline.counted(
                      pipeline.worker(), "orchestrator_cache_reads_total", "outcome=\"hit\""))
              .isGreaterThanOrEqualTo(2);
          assertThat(
                  Pipeline.counted(
                      pipeline.worker(),
                      "resilience4j_circuitbreaker_not_permitted_calls_total",
                      "name=\"reads\""))
              .isPositive();
        });

    awaitFresh();
  }

  /** How often PostgreSQL was not there for somebody. */
  private double failed() {
    return Pipeline.counted(
        pipeline.worker(), "orchestrator_database_errors_total", "sqlstate_class=\"08\"");
  }

  /** Many at once, none of them behind another, though one statement answers all. */
  private void assertThatAllAreRefusedSoon(String path) {
    try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Duration>> reads =
          IntStream.range(0, 100)
              .mapToObj(
                  n ->
                      readers.submit(
                          () -> {
                            long start = System.nanoTime();
                            assertIsRefused(get(path));
                            return Duration.ofNanos(System.nanoTime() - start);
                          }))
              .toList();
      for (Future<Duration> read : reads) {
        assertThat(result(read)).isLessThan(NOTICED);
      }
    }
  }

  /** Many at once: the first find out, and all others are told at once. */
  private void assertThatNobodyWaitsFor(String path) {
    try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Duration>> reads =
          IntStream.range(0, 200)
              .mapToObj(
                  n ->
                      readers.submit(
                          () -> {
                            long start = System.nanoTime();
                            assertThat(get(path).status()).isEqualTo(200);
                            return Duration.ofNanos(System.nanoTime() - start);
                          }))
              .toList();
      for (Future<Duration> read : reads) {
        assertThat(result(read)).isLessThan(NOTICED);
      }
      // But for the one that looks now and then.
      long atOnce =
          IntStream.range(0, 50)
              .filter(
                  n -> {
                    long start = System.nanoTime();
                    assertThat(get(path).status()).isEqualTo(200);
                    return Duration.ofNanos(System.nanoTime() - start).compareTo(AT_ONCE) < 0;
                  })
              .count();
      assertThat(atOnce).isGreaterThanOrEqualTo(40);
    }
  }

  private static Duration result(Future<Duration> future) {
    try {
      return future.get();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static void assertIsStale(Answer answer, JsonNode expected) {
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json()).isEqualTo(expected);
    assertThat(answer.header("content-type")).startsWith("application/json");
    assertThat(answer.header("age")).matches("\\d+");
    assertThat(answer.header("orchestrator-stale")).isEqualTo("true");
    assertThat(answer.header("cache-status"))
        .matches("agent-orchestrator; hit; ttl=-\\d+; detail=\"database away\"");
    assertThat(answer.header("cache-control")).isEqualTo("no-store");
  }

  private static void assertIsRefused(Answer answer) {
    answer.problem(503);
    assertThat(answer.header("retry-after")).matches("\\d+");
    assertThat(answer.header("orchestrator-stale")).isEmpty();
  }

  private void awaitFresh() {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              Answer answer = get("/agents/" + agent);
              assertThat(answer.status()).isEqualTo(200);
              assertThat(answer.header("age")).isEmpty();
              assertThat(answer.header("orchestrator-stale")).isEmpty();
              assertThat(answer.json().has("running_tasks")).isTrue();
              assertThat(get("/statistics").status()).isEqualTo(200);
            });
  }

  @Test
  @Order(3)
  void areAnsweredAsEverWhileRedisIsAwayAndRefusedWhereBothAre() {
    redis.stop();

    for (int i = 0; i < 20; i++) {
      Answer answer = get("/agents/" + agent);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.json().has("running_tasks")).isTrue();
    }
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () ->
                assertThat(get("/health/database").json().get("status").stringValue())
                    .isEqualTo("healthy"));
    pipeline.ask(Commands.registerAgent(agent, 7)); // Noticed by nobody now.
    postgres.kill();
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () -> {
              long start = System.nanoTime();
              assertIsRefused(get("/agents/" + agent));
              assertIsRefused(get("/statistics"));
              assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(AT_ONCE);
            });

    redis.startAgain();
    postgres.start();
    awaitFresh();
    assertThat(get("/agents/" + agent).json().get("max_concurrent_tasks").intValue()).isEqualTo(7);
    await()
        .atMost(Duration.ofSeconds(20))
        .ignoreExceptionsInstanceOf(JedisConnectionException.class) // Of the test's own client.
        .untilAsserted(
            () -> {
              get("/agents/" + agent);
              assertThat(cached("agent", agent, "entity_version")).isEqualTo("3");
              assertThat(cached("agent", agent, "json")).isNotEqualTo("null");
            });
  }
}
