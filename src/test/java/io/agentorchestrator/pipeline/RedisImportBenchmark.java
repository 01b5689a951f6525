package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.AgentOrchestratorApplication;
import io.agentorchestrator.local.LocalRedis;
import io.agentorchestrator.local.Site;
import io.agentorchestrator.migration.OldRecords;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/**
 * How fast a large store is taken over with a heap of 256 MiB: nine tasks in ten have ended, and
 * each fifth of the others depends on one. {@code -Dorchestrator.migration.tasks} says how many.
 */
class RedisImportBenchmark {

  private static final int TASKS = Integer.getInteger("orchestrator.migration.tasks", 1_000_000);
  private static final int AGENTS = 1_000;

  private final Random random = new Random(3);

  @TempDir private Path folder;

  @Test
  void takesOverALargeStoreWithASmallHeap() throws Exception {
    Site site = RedisMoveIT.migrated();
    try (LocalRedis redis = LocalRedis.start()) {
      fill(redis);

      Duration first = run(site, redis);
      Duration second = run(site, redis);
      Duration verified = run(site, redis, "--verify");

      System.out.printf(
          "import redis, -Xmx256m: %,d tasks in %.1f s, %,.0f a second; again, all unchanged: %.1f s; --verify: %.1f s%n",
          TASKS,
          first.toMillis() / 1e3,
          TASKS / (first.toMillis() / 1e3),
          second.toMillis() / 1e3,
          verified.toMillis() / 1e3);
      try (Connection database = DriverManager.getConnection(site.servers().jdbcUrl(site.name()));
          Statement statement = database.createStatement();
          ResultSet row = statement.executeQuery("SELECT count(*) FROM tasks")) {
        row.next();
        assertThat(row.getInt(1)).isEqualTo(TASKS);
      }
    }
  }

  private void fill(LocalRedis redis) {
    try (Jedis jedis = redis.connect()) {
      List<UUID> agents = new ArrayList<>();
      for (int i = 0; i < AGENTS; i++) {
        UUID id = id();
        agents.add(id);
        jedis.hset("agents", id.toString(), OldRecords.dumps(OldRecords.agent(id)));
      }
      @SuppressWarnings("UndefinedEquals") // Never looked up.
      Map<byte[], byte[]> some = new LinkedHashMap<>();
      UUID last = id();
      String lastOpen = null;
      for (int i = 0; i < TASKS; i++) {
        UUID id = id();
        var task =
            i % 10 == 9
                ? OldRecords.task(id)
                : OldRecords.completed(id, agents.get(i % agents.size()));
        if (i % 50 == 49 && lastOpen != null) {
          task.withArray("dependencies").add(lastOpen);
        }
        if (i % 10 == 9) {
          lastOpen = id.toString();
        }
        last = id;
        some.put(bytes(id.toString()), bytes(OldRecords.dumps(task)));
        if (some.size() == 1_000 || i == TASKS - 1) {
          jedis.hset(bytes("tasks"), some);
          some.clear();
        }
      }
      assertThat(jedis.hexists("tasks", last.toString())).isTrue();
    }
  }

  private UUID id() {
    return new UUID(random.nextLong(), random.nextLong());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private Duration run(Site site, LocalRedis redis, String... more) throws Exception {
    Path said = folder.resolve("said");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                AgentOrchestratorApplication.class.getName(),
                "import",
                "redis",
                "--from",
                redis.url(),
                "--report",
                folder.resolve("report").toString()));
    command.addAll(List.of(more));
    command.addAll(site.settings());
    long begun = System.nanoTime();
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
    assertThat(process.waitFor(2, TimeUnit.HOURS)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(said)).isZero();
    return Duration.ofNanos(System.nanoTime() - begun);
  }
}
