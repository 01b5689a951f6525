package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.local.Site;
import io.agentorchestrator.schemas.Schemas;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.node.ObjectNode;

/** A command is given up only for a fault of its own: never while nothing can be written at all. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GivingUpIT {

  private static final String POISON = "poison";
  private static final String DEAD_LETTERED = "command.dead-lettered.v1";

  private final Pipeline pipeline = Pipeline.start(1, "--orchestrator.commands.max-backoff=300ms");

  @AfterAll
  void close() {
    pipeline.close();
  }

  @Test
  void givesUpOnlyTheOneThatIsTooMuchForPostgres() throws SQLException {
    fail("tasks", "54000", "NEW.description = '%s'".formatted(POISON));
    List<ObjectNode> commands = commands();

    pipeline.sendAll(commands);

    assertThat(told(pipeline, commands))
        .hasSize(commands.size())
        .filteredOn(DEAD_LETTERED::equals)
        .hasSize(1);
    assertThat(deadLetters(pipeline, commands))
        .singleElement()
        .satisfies(
            each ->
                assertThat(text(each.headers().lastHeader("dlt_message").value()))
                    .contains("SQLSTATE 54000"));
    mend("tasks");
  }

  /** As PostgreSQL answers when it has run out of transaction ids, but for who signs. */
  @Test
  void givesUpNoneWhileAllIsTooMuchForPostgres() throws SQLException {
    fail("orchestration_log", "54000", "true");
    List<ObjectNode> commands = commands();

    pipeline.sendAll(commands);

    awaitFailedAlone();
    assertThat(deadLetters(pipeline, commands)).isEmpty();
    mend("orchestration_log");
    assertThat(told(pipeline, commands)).hasSize(commands.size()).doesNotContain(DEAD_LETTERED);
    assertThat(deadLetters(pipeline, commands)).isEmpty();
  }

  @Test
  void givesUpNoneWhereThatCannotBeWrittenDown() throws SQLException {
    fail("tasks", "22012", "NEW.description = '%s'".formatted(POISON));
    fail("dead_letter_keys", "53100", "true");
    List<ObjectNode> commands = commands();

    pipeline.sendAll(commands);

    awaitFailedAlone();
    assertThat(deadLetters(pipeline, commands)).isEmpty();
    mend("dead_letter_keys");
    assertThat(told(pipeline, commands))
        .hasSize(commands.size())
        .filteredOn(DEAD_LETTERED::equals)
        .hasSize(1);
    assertThat(deadLetters(pipeline, commands)).hasSize(1);
    mend("tasks");
  }

  /** As when a worker loses its partitions before it can tell Kafka how far it was. */
  @Test
  void givesUpNoneTwice() throws Exception {
    Site site = Site.fresh();
    List<ObjectNode> commands = commands();
    try (Pipeline before = Pipeline.at(site, 1)) {
      fail(before, "tasks", "22012", "NEW.description = '%s'".formatted(POISON));
      before.sendAll(commands);
      before.settled();
    }
    Group.forget(site);

    try (Pipeline after = Pipeline.at(site, 1)) {
      assertThat(told(after, commands))
          .hasSize(commands.size())
          .filteredOn(DEAD_LETTERED::equals)
          .hasSize(1);
      assertThat(deadLetters(after, commands)).hasSize(1);
      assertThat(
              Pipeline.counted(
                  after.worker(), "orchestrator_commands_total", "outcome=\"duplicate\""))
          .isEqualTo(commands.size());
    }
  }

  /** Some that are fine, and in their midst one that may not be. */
  private static List<ObjectNode> commands() {
    return Stream.of("fine", "fine", POISON, "fine", "fine")
        .map(
            description ->
                Commands.createTask(UUID.randomUUID(), Map.of("description", description)))
        .toList();
  }

  private static Set<String> subjects(List<ObjectNode> commands) {
    return commands.stream()
        .map(each -> each.get("subject").stringValue())
        .collect(Collectors.toSet());
  }

  /** The types of all events about the commands' subjects, once all is done. */
  private static List<String> told(Pipeline pipeline, List<ObjectNode> commands) {
    Set<String> subjects = subjects(commands);
    return pipeline.settled().stream()
        .filter(event -> subjects.contains(String.valueOf(event.key())))
        .map(Event::type)
        .toList();
  }

  private static List<ConsumerRecord<byte[], byte[]>> deadLetters(
      Pipeline pipeline, List<ObjectNode> commands) {
    Set<String> subjects = subjects(commands);
    try (TopicReader reader = pipeline.reader("orchestrator.commands.dead-letter")) {
      return reader.toTheEnd().stream()
          .filter(each -> subjects.contains(text(each.key())))
          .toList();
    }
  }

  /** Waits until more was tried than it takes to give a command up. */
  private void awaitFailedAlone() {
    double before = errors();
    URI health = pipeline.worker().management().resolve("/actuator/health/commands");
    await().atMost(Duration.ofSeconds(30)).until(() -> errors() > before + 15);
    assertThat(
            Schemas.parse(Pipeline.http(health).body().getBytes(StandardCharsets.UTF_8))
                .get("status")
                .stringValue())
        .isEqualTo("DOWN");
  }

  private double errors() {
    return Pipeline.counted(pipeline.worker(), "orchestrator_database_errors_total");
  }

  private void fail(String table, String sqlState, String condition) throws SQLException {
    fail(pipeline, table, sqlState, condition);
  }

  private static void fail(Pipeline pipeline, String table, String sqlState, String condition)
      throws SQLException {
    execute(
        pipeline,
        """
        CREATE OR REPLACE FUNCTION fail_%1$s() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF %3$s THEN RAISE EXCEPTION 'too much' USING ERRCODE = '%2$s'; END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER fail BEFORE INSERT ON %1$s FOR EACH ROW EXECUTE FUNCTION fail_%1$s();
        """
            .formatted(table, sqlState, condition));
  }

  private void mend(String table) throws SQLException {
    execute(pipeline, "DROP TRIGGER fail ON " + table);
  }

  private static void execute(Pipeline pipeline, String sql) throws SQLException {
    try (Connection connection = pipeline.database();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
