package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.cli.CliRun;
import io.agentorchestrator.schemas.Schemas;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The log printed and followed from the command line. */
class TailIT {

  private final Pipeline pipeline = Pipeline.shared();
  private final UUID agent = UUID.randomUUID();
  private final UUID task = UUID.randomUUID();

  @Test
  void printsWhatTheFiltersLetThroughInItsOrder() {
    ObjectNode create =
        Commands.createTask(task, Map.of("name", "\u001b[31mred\u202e")).put("actor", "alice");
    pipeline.ask(Commands.registerAgent(agent, 1));
    pipeline.ask(create);
    pipeline.ask(Commands.assign(task, agent));
    Event refused = pipeline.ask(Commands.assign(task, agent));

    CliRun all = tail("--entity-id=" + task);
    CliRun json = tail("--entity-id=" + task, "--json");

    assertThat(all.exit()).as(all.err()).isZero();
    String end = task.toString().substring(24);
    assertThat(all.lines())
        .satisfiesExactly(
            line ->
                assertThat(line).matches("\\S+Z +task\\.created +task \u2026" + end + " +Task .*"),
            line -> assertThat(line).contains("Z  task.assigned ", "attempt 1"),
            line -> assertThat(line).contains("Z  command.rejected ", "Expected to assign task"));
    assertThat(json.lines())
        .hasSize(3)
        .last()
        .isEqualTo(new String(refused.record().value(), StandardCharsets.UTF_8));
    assertThat(types("--entity-id=" + task, "--type=task.assigned", "--type", "task.created.v1"))
        .containsExactly("task.created", "task.assigned");
    assertThat(types("--entity-id=" + task, "--status=failure"))
        .containsExactly("command.rejected");
    assertThat(types("--entity-id=" + task, "--actor=alice")).containsExactly("task.created");
    assertThat(types("--command-id=" + create.get("id").stringValue()))
        .containsExactly("task.created");
    assertThat(types("--agent-id=" + agent))
        .containsExactly("agent.registered", "task.assigned", "command.rejected");
    assertThat(types("--agent-id=" + agent, "--entity-type=agent"))
        .containsExactly("agent.registered");
    assertThat(types("--entity-id=" + task, "--limit=1", "--from-beginning"))
        .containsExactly("task.created");
    assertThat(types("--entity-id=" + task, "--since=1h")).hasSize(3);
    assertThat(types("--entity-id=" + task, "--since=2100-01-01T00:00:00Z")).isEmpty();
  }

  @Test
  void printsEachOfAllOnceAndThoseOfAnEntityInTheirOrder() {
    pipeline.ask(Commands.createTask(task));
    pipeline.ask(Commands.cancel(task));
    List<Event> before = pipeline.allEvents();

    List<JsonNode> all =
        tail("--from-beginning", "--json").lines().stream().map(Schemas.JSON::readTree).toList();

    assertThat(all.stream().map(each -> each.get("id").stringValue()))
        .doesNotHaveDuplicates()
        .containsAll(before.stream().map(each -> each.json().get("id").stringValue()).toList());
    Map<String, Long> versions = new HashMap<>();
    for (JsonNode each : all) {
      JsonNode version = each.at("/data/entity_version");
      if (version.isNumber()) {
        String entity = each.get("subject").stringValue();
        assertThat(version.longValue())
            .as("version of %s", entity)
            .isEqualTo(versions.getOrDefault(entity, 0L) + 1);
        versions.put(entity, version.longValue());
      }
    }
    assertThat(versions).containsEntry(task.toString(), 2L);
  }

  @Test
  void followsUntilItHasSeenEnough() throws Exception {
    pipeline.ask(Commands.createTask(task));
    StringWriter out = new StringWriter();
    CompletableFuture<Integer> tail =
        CompletableFuture.supplyAsync(
            () ->
                CliRun.streamed(
                    pipeline.site(),
                    new PrintWriter(out, true),
                    List.of("tail", "-f", "--from-beginning", "--entity-id=" + task, "--limit=2")));

    await().until(() -> out.toString().contains("task.created"));
    assertThat(tail).isNotDone();
    pipeline.ask(Commands.cancel(task));

    assertThat(tail.get(20, TimeUnit.SECONDS)).isZero();
    assertThat(out.toString().lines())
        .satisfiesExactly(
            line -> assertThat(line).contains("task.created"),
            line -> assertThat(line).contains("task.canceled"));
  }

  @Test
  void endsQuietlyWhenNobodyReadsAnyMore() {
    pipeline.ask(Commands.createTask(task));
    pipeline.ask(Commands.cancel(task));
    StringWriter out = new StringWriter();
    PrintWriter closed =
        new PrintWriter(out, true) {
          @Override
          public boolean checkError() {
            return true;
          }
        };

    int exit = CliRun.streamed(pipeline.site(), closed, List.of("tail", "-f", "--from-beginning"));

    assertThat(exit).isZero();
    assertThat(out.toString().lines()).hasSize(1);
  }

  @Test
  void refusesFiltersThatCanLetNothingThrough() {
    CliRun typo = tail("--type=task.assigne");

    assertThat(typo.exit()).isEqualTo(2);
    assertThat(typo.err()).contains("expected an event's type", "'task.assigne'");
    assertThat(tail("--entity-id=7").exit()).isEqualTo(2);
    assertThat(tail("--since=1h", "--from-beginning").exit()).isEqualTo(2);
    assertThat(tail("--limit=0").exit()).isEqualTo(2);
  }

  private List<String> types(String... arguments) {
    return tail(arguments).lines().stream().map(line -> line.split(" +", -1)[1]).toList();
  }

  private CliRun tail(String... arguments) {
    String[] all = new String[arguments.length + 1];
    all[0] = "tail";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return CliRun.at(pipeline.site(), all);
  }
}
