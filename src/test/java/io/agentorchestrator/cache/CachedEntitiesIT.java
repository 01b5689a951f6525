package io.agentorchestrator.cache;

import static io.agentorchestrator.messages.EntityType.AGENT;
import static io.agentorchestrator.messages.EntityType.TASK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.cache.CachedEntities.RedisAwayException;
import io.agentorchestrator.cache.CachedEntities.Seen;
import io.agentorchestrator.messages.EntityType;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClient;

class CachedEntitiesIT {

  private static final Duration LATEST_READ = Duration.ofSeconds(100);
  private static final Duration TTL = Duration.ofMinutes(10);
  private static final Duration TIMEOUT = Duration.ofMillis(200);

  private static final SomeRedis REDIS = SomeRedis.start();
  private static final RedisClient CLIENT = REDIS.client();

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final CachedEntities entities = at(REDIS.url());
  private final UUID id = UUID.randomUUID();

  @AfterAll
  static void stop() {
    CLIENT.close();
    REDIS.close();
  }

  @AfterEach
  void close() {
    entities.close();
  }

  private CachedEntities at(String url) {
    return new CachedEntities(
        url, new CacheProperties(true, url, TTL, TIMEOUT), LATEST_READ, meters);
  }

  private double counted(String what, String outcome) {
    return meters.get("orchestrator.cache." + what).tag("outcome", outcome).counter().count();
  }

  private void keep(EntityType type, long version, String json) {
    double before = counted("writes", "kept") + counted("writes", "older");
    entities.keep(type, id, version, json.length(), () -> json);
    await()
        .pollInterval(Duration.ofMillis(5))
        .until(() -> counted("writes", "kept") + counted("writes", "older") > before);
  }

  private void leaveBehind(long version) throws RedisAwayException {
    entities.leaveBehind(
        Map.of(new ChangedEntity.Key("agent", id), version), "log", Map.of(0, 17L));
  }

  private String key() {
    return "orchestrator:cache:agent:" + id;
  }

  private void age(int seconds) {
    long storedAt = Long.parseLong(CLIENT.hget(key(), "stored_at"));
    CLIENT.hset(key(), "stored_at", Long.toString(storedAt - seconds));
  }

  @Test
  void areFoundWithTheirAge() {
    keep(AGENT, 3, "{\"n\":1E2}");
    age(75);

    Seen seen = entities.find(AGENT, id).orElseThrow();

    assertThat(seen.json()).isEqualTo("{\"n\":1E2}");
    assertThat(seen.age()).isBetween(Duration.ofSeconds(75), Duration.ofSeconds(80));
    assertThat(entities.find(TASK, id)).isEmpty();
    assertThat(counted("reads", "hit")).isEqualTo(1);
    assertThat(counted("reads", "miss")).isEqualTo(1);
    assertThat(CLIENT.ttl(key())).isBetween(TTL.toSeconds() - 5, TTL.toSeconds());
  }

  @Test
  void neverBecomeOlder() {
    keep(AGENT, 3, "three");

    keep(AGENT, 2, "two");
    assertThat(entities.find(AGENT, id)).map(Seen::json).contains("three");
    assertThat(counted("writes", "older")).isEqualTo(1);

    keep(AGENT, 10, "ten");
    assertThat(entities.find(AGENT, id)).map(Seen::json).contains("ten");
  }

  /** Else an answer that nobody asked for again would seem to grow older than it is. */
  @Test
  void becomeYoungerWhenTheyAreReadAgain() {
    keep(AGENT, 3, "three");
    age(75);

    keep(AGENT, 3, "three");

    assertThat(entities.find(AGENT, id).orElseThrow().age()).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void areLeftBehindByTheLog() throws Exception {
    keep(AGENT, 3, "three");

    leaveBehind(3);
    assertThat(entities.find(AGENT, id)).isPresent();
    leaveBehind(4);
    assertThat(entities.find(AGENT, id)).isEmpty();
    assertThat(meters.get("orchestrator.cache.invalidations").counter().count()).isEqualTo(1);

    // By a read that began before and comes late.
    keep(AGENT, 3, "three");
    assertThat(entities.find(AGENT, id)).isEmpty();
    keep(AGENT, 4, "four");
    assertThat(entities.find(AGENT, id)).map(Seen::json).contains("four");
  }

  @Test
  void areKnownToBeLeftBehindBeforeTheyWereEverRead() throws Exception {
    leaveBehind(2);

    keep(AGENT, 1, "one");

    assertThat(entities.find(AGENT, id)).isEmpty();
    assertThat(CLIENT.ttl(key())).isBetween(LATEST_READ.toSeconds() - 5, LATEST_READ.toSeconds());
  }

  @Test
  void tellHowFarTheLogWasFollowedAtMost() throws Exception {
    entities.leaveBehind(Map.of(), "topic", Map.of(0, 50L, 1, 9L));
    entities.leaveBehind(Map.of(), "topic", Map.of(0, 7L, 1, 100L));

    assertThat(entities.followed("topic").offsets()).isEqualTo(Map.of(0, 50L, 1, 100L));
    assertThat(entities.followed("other").offsets()).isEmpty();
  }

  /** One that takes connections and never says a word. */
  @Test
  void keepNobodyWaitingForARedisThatHangs() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        CachedEntities hanging = at("redis://127.0.0.1:" + silent.getLocalPort())) {
      long start = System.nanoTime();
      hanging.keep(AGENT, id, 1, 3, () -> "one");
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(TIMEOUT);

      for (int i = 0; i < 5; i++) {
        start = System.nanoTime();
        assertThat(hanging.find(AGENT, id)).isEmpty();
        assertThat(Duration.ofNanos(System.nanoTime() - start))
            .isLessThan(TIMEOUT.multipliedBy(2).plusMillis(300));
      }
      // By now nobody even tries.
      start = System.nanoTime();
      for (int i = 0; i < 100; i++) {
        assertThat(hanging.find(AGENT, id)).isEmpty();
      }
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
      assertThatThrownBy(() -> hanging.followed("log")).isInstanceOf(RedisAwayException.class);
      assertThat(counted("reads", "failed")).isEqualTo(105);
    }
  }

  /** The writer is held up by the first, so that all others wait. */
  @Test
  void areLeftOutWhereTooMuchWaitsAndTakenAgainWhenItIsWritten() {
    CountDownLatch held = new CountDownLatch(1);
    long half = CachedEntities.QUEUE_BYTES / 2;
    entities.keep(AGENT, id, 1, half, () -> after(held, "one"));
    entities.keep(AGENT, UUID.randomUUID(), 1, half, () -> "another");

    entities.keep(AGENT, UUID.randomUUID(), 1, 1, () -> "too much");
    assertThat(counted("writes", "dropped")).isEqualTo(1);
    held.countDown();

    await().until(() -> counted("writes", "kept") == 2);
    await()
        .until(
            () -> {
              entities.keep(AGENT, id, 2, half, () -> "two");
              return entities.find(AGENT, id).map(Seen::json).filter("two"::equals).isPresent();
            });
  }

  @Test
  void areLeftOutWhereTooManyWait() {
    CountDownLatch held = new CountDownLatch(1);
    entities.keep(AGENT, id, 1, 1, () -> after(held, "one"));
    for (int i = 0; i < 1100; i++) {
      entities.keep(AGENT, id, 1, 1, () -> "one");
    }
    assertThat(counted("writes", "dropped")).isBetween(99.0, 100.0);
    held.countDown();

    await().until(() -> counted("writes", "kept") >= 1000);
    // Those left out no longer count.
    entities.keep(AGENT, id, 2, CachedEntities.QUEUE_BYTES - 10, () -> "two");
    await().until(() -> entities.find(AGENT, id).map(Seen::json).filter("two"::equals).isPresent());
  }

  private static String after(CountDownLatch held, String json) {
    try {
      held.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return json;
  }

  @Test
  void areThereAgainWhenRedisIs() {
    try (SomeRedis another = SomeRedis.start();
        CachedEntities its = at(another.url())) {
      its.keep(AGENT, id, 1, 3, () -> "one");
      await().until(() -> its.find(AGENT, id).isPresent());
      another.stop();
      for (int i = 0; i < 10; i++) {
        assertThat(its.find(AGENT, id)).isEmpty();
      }
      another.startAgain();

      await()
          .atMost(Duration.ofSeconds(20))
          .until(
              () -> {
                its.keep(AGENT, id, 1, 3, () -> "one");
                return its.find(AGENT, id).isPresent();
              });
    }
  }
}
