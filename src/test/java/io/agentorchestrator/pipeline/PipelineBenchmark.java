package io.agentorchestrator.pipeline;

import io.agentorchestrator.local.LocalWorker;
import io.agentorchestrator.local.Site;
import io.agentorchestrator.schemas.Schemas;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/**
 * Commands a second, from the command topic to the database and to the log topic, with everything
 * (client, broker, database, worker) on one machine; and beside it, in the same run, what this
 * PostgreSQL does with bare transactions of one small row each, as the yardstick. Asserts nothing
 * of speed: {@code mvn verify -Pbenchmark} prints the figures.
 */
class PipelineBenchmark {

  private static final int TASKS = 20_000;

  /** The first ones warm the JVM up: it takes them about 30 s. */
  private static final int ROUNDS = 6;

  private static final int AGENTS = 200;

  @Test
  void measuresLivesOfTasks() throws Exception {
    Site site = Site.fresh();
    try (LocalWorker worker = LocalWorker.start(site);
        KafkaProducer<byte[], byte[]> producer = Pipeline.producer(site);
        TopicReader log =
            new TopicReader(site.servers().bootstrapServers(), site.topic("orchestrator.log"))) {
      List<UUID> agents = ids(AGENTS);
      send(producer, site, agents.stream().map(id -> Commands.registerAgent(id, 100)).toList());
      log.until("agents", read -> read.size() == AGENTS);
      int before = AGENTS;
      for (int round = 1; round <= ROUNDS; round++) {
        round(site, producer, log, agents, before, "round " + round);
        before += 3 * TASKS;
      }
      System.out.printf(
          "baseline: %,d bare transactions a second, one connection%n", bareTransactions(site));
      System.out.println("worker: " + worker.rest());
    }
  }

  private static void round(
      Site site,
      KafkaProducer<byte[], byte[]> producer,
      TopicReader log,
      List<UUID> agents,
      int before,
      String name)
      throws Exception {
    List<ObjectNode> commands = new ArrayList<>(3 * TASKS);
    for (int i = 0; i < TASKS; i++) {
      UUID task = UUID.randomUUID();
      UUID agent = agents.get(i % agents.size());
      commands.add(Commands.createTask(task));
      commands.add(Commands.assign(task, agent));
      commands.add(Commands.word("task.complete.v1", task, agent, 1));
    }
    long start = System.nanoTime();
    send(producer, site, commands);
    long sent = System.nanoTime();
    int expected = before + commands.size();
    awaitRows(site, expected);
    long applied = System.nanoTime();
    log.until("events", read -> read.size() >= expected);
    long published = System.nanoTime();
    System.out.printf(
        "%s: %,d commands; sent in %.1f s; applied %,.0f/s; published %,.0f/s%n",
        name,
        commands.size(),
        seconds(start, sent),
        commands.size() / seconds(start, applied),
        commands.size() / seconds(start, published));
  }

  private static void awaitRows(Site site, int rows) throws Exception {
    try (Connection connection = connect(site);
        PreparedStatement count =
            connection.prepareStatement("SELECT last_value FROM orchestration_log_position")) {
      Awaitility.await()
          .atMost(Duration.ofMinutes(3))
          .pollInterval(Duration.ofMillis(20))
          .until(
              () -> {
                try (var row = count.executeQuery()) {
                  return row.next() && row.getLong(1) >= rows;
                }
              });
    }
  }

  private static long bareTransactions(Site site) throws Exception {
    try (Connection connection = connect(site)) {
      connection.createStatement().execute("CREATE TABLE baseline (id uuid PRIMARY KEY)");
      try (PreparedStatement insert =
          connection.prepareStatement("INSERT INTO baseline VALUES (?)")) {
        long start = System.nanoTime();
        int done = 0;
        while (seconds(start, System.nanoTime()) < 3) {
          insert.setObject(1, UUID.randomUUID());
          done += insert.executeUpdate();
        }
        return Math.round(done / seconds(start, System.nanoTime()));
      }
    }
  }

  private static void send(
      KafkaProducer<byte[], byte[]> producer, Site site, List<ObjectNode> commands)
      throws Exception {
    List<java.util.concurrent.Future<?>> sent = new ArrayList<>();
    for (ObjectNode command : commands) {
      String kind = command.get("type").stringValue().startsWith("agent") ? "agents" : "tasks";
      sent.add(
          producer.send(
              new ProducerRecord<>(
                  site.topic("orchestrator.commands." + kind),
                  command.get("subject").stringValue().getBytes(StandardCharsets.UTF_8),
                  Schemas.JSON.writeValueAsBytes(command))));
    }
    for (java.util.concurrent.Future<?> each : sent) {
      each.get();
    }
  }

  private static List<UUID> ids(int count) {
    List<UUID> ids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ids.add(UUID.randomUUID());
    }
    return ids;
  }

  private static Connection connect(Site site) throws Exception {
    return DriverManager.getConnection(site.servers().jdbcUrl(site.name()));
  }

  private static double seconds(long from, long to) {
    return (to - from) / 1e9;
  }
}
