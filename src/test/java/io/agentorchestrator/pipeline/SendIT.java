package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.cli.CliRun;
import io.agentorchestrator.schemas.Schemas;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Commands sent from the command line, to the worker and the site that the tests share. */
class SendIT {

  private static final Pattern UUID_TEXT =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

  private static final Path EXAMPLES = Path.of("schemas", "examples", "commands");
  private static final String FIRST_AGENT = "0199b2c0-11aa-7bcd-8e9f-0a1b2c3d4e5f";
  private static final String SECOND_AGENT = "0199b2c0-22bb-7cde-9f80-1b2c3d4e5f60";
  private static final String TASK = "0199b2c4-7d1e-7a3b-9c55-1f0e2d3c4b5a";
  private static final String CREATE =
      "{\"type\":\"review\",\"description\":\"Read it.\",\"assignment\":\"manual\"}";

  private final Pipeline pipeline = Pipeline.shared();
  private final Map<String, String> fresh = new HashMap<>();
  private final Set<String> outcomes = new TreeSet<>();

  @TempDir private Path folder;

  @Test
  void waitsForWhatComesOfACommandOfEachType() throws IOException {
    String second = UUID.randomUUID().toString();
    String third = UUID.randomUUID().toString();

    // What needs an event on another topic comes in a later run; of one subject there is order.
    waitFor(
        example("agent.register"),
        example("agent.register").replace(fresh(FIRST_AGENT), fresh(SECOND_AGENT)));
    waitFor(
        example("agent.heartbeat"),
        example("workflow.create"),
        create(fresh(TASK)),
        create(second),
        create(third));
    waitFor(
        example("task.assign"),
        example("task.start"),
        example("task.progress"),
        example("task.complete"),
        example("task.assign").replace(fresh(TASK), second),
        example("task.fail").replace(fresh(TASK), second),
        example("task.cancel").replace(fresh(TASK), third),
        example("workflow.pause"),
        example("workflow.resume"));
    waitFor(example("workflow.cancel"), example("agents.bulk"));
    waitFor(example("agent.deregister"));

    assertThat(outcomes)
        .containsExactlyElementsOf(
            Schemas.load().commandTypes().stream()
                .map(type -> type + (type.equals("agent.heartbeat.v1") ? " taken" : " accepted"))
                .sorted()
                .toList());
  }

  private void waitFor(String... commands) throws IOException {
    Path file = Files.writeString(folder.resolve("commands"), String.join("\n", commands));

    CliRun sent = run("send", file.toString(), "--wait", "--json");

    assertThat(sent.exit()).as(sent.text() + sent.err()).isZero();
    assertThat(sent.lines()).hasSize(commands.length);
    for (String line : sent.lines()) {
      JsonNode result = Schemas.JSON.readTree(line);
      outcomes.add(result.get("type").stringValue() + " " + result.get("outcome").stringValue());
      if (result.get("outcome").stringValue().equals("accepted")) {
        assertThat(result.at("/events/0/data/command/id").stringValue())
            .isEqualTo(result.get("id").stringValue());
      }
    }
  }

  /** An example of the schemas, every id in it, and its own, one that nobody else uses. */
  private String example(String type) throws IOException {
    String text = Files.readString(EXAMPLES.resolve(type + ".json"));
    return UUID_TEXT
        .matcher(text)
        .replaceAll(id -> Matcher.quoteReplacement(fresh(id.group())))
        .replaceFirst(
            "\"id\": \"[^\"]*\"",
            Matcher.quoteReplacement("\"id\": \"" + UUID.randomUUID() + "\""));
  }

  private String fresh(String id) {
    return fresh.computeIfAbsent(id, key -> UUID.randomUUID().toString());
  }

  /** The example, less what would have it wait for others. */
  private String create(String task) throws IOException {
    return example("task.create")
        .replace(fresh(TASK), task)
        .replaceAll("\"(workflow_id|depends_on)\": [^\n]*\n", "")
        .replace("\"auto\"", "\"manual\"");
  }

  @Test
  void sendsWhatIsWrittenAsArguments() {
    CliRun created = run("send", "task.create", "--data", CREATE, "--actor=alice", "--wait");
    String task = created.text().split(" +", -1)[2];
    CliRun refused =
        run(
            "send",
            "task.start.v1",
            "--subject",
            task,
            "--wait",
            "--json",
            "--id",
            "start",
            "--source",
            "/tests/" + task,
            "--time",
            "2026-11-26T00:00:00Z",
            "--data",
            "{\"agent_id\":\"" + UUID.randomUUID() + "\",\"attempt\":1}");
    CliRun unawaited =
        run(
            "send",
            "task.cancel",
            "--subject",
            task,
            "--bootstrap-servers",
            pipeline.site().servers().bootstrapServers());

    assertThat(created.exit()).as(created.err()).isZero();
    assertThat(created.text())
        .matches("accepted +task\\.create  \\S{36}  Task \\S{36} \\(review\\) created\\.\\R");
    Event event = pipeline.eventsAbout(UUID.fromString(task), 1).getFirst();
    assertThat(event.commandSource()).startsWith("/cli/" + System.getProperty("user.name") + "@");
    assertThat(event.data().get("actor").stringValue()).isEqualTo("alice");
    assertThat(refused.exit()).isEqualTo(1);
    JsonNode result = Schemas.parse(refused.out());
    assertThat(result.get("outcome").stringValue()).isEqualTo("rejected");
    assertThat(result.at("/rejection/type").stringValue()).isEqualTo("NOT_FOUND");
    assertThat(result.get("message").stringValue()).startsWith("Expected to hear of task " + task);
    assertThat(result.get("line").isNull()).isTrue();
    assertThat(unawaited.exit()).isZero();
    assertThat(unawaited.text()).startsWith("sent ").contains("task.cancel  " + task + "  id ");
    assertThat(pipeline.eventsAbout(UUID.fromString(task), 3).getLast().type())
        .isEqualTo("task.canceled.v1");
  }

  @Test
  void saysWhereNothingIsHeardOfACommand() throws IOException {
    String id = UUID.randomUUID().toString();
    String task = UUID.randomUUID().toString();
    List<String> command =
        List.of(
            "send",
            "task.create",
            "--data=" + CREATE,
            "--id",
            id,
            "--source=/tests",
            "--subject",
            task,
            "--wait");
    assertThat(run(command).exit()).isZero();

    List<String> again = new ArrayList<>(command);
    again.add("--timeout=2");
    CliRun duplicate = run(again);
    again.add("--orchestrator.commands.group=nobody");
    CliRun unheard = run(again);

    assertThat(duplicate.exit()).isEqualTo(1);
    assertThat(duplicate.text()).contains("no outcome within 2 s", "it was a duplicate");
    assertThat(unheard.exit()).isEqualTo(1);
    assertThat(unheard.text()).contains("no worker of group nobody has come to it");
  }

  @Test
  void sendsNothingOfAFileInWhichOneIsWrong() throws IOException {
    String first = UUID.randomUUID().toString();
    String last = UUID.randomUUID().toString();
    Path file =
        Files.writeString(
            folder.resolve("commands.jsonl"),
            """
            {"type":"task.create","subject":"%s","data":%s}
            {"type":"task.create","data":{"type":"review","description":"","priority":9}}
            {"type":"task.create",
            {"type":"task.create","subject":"%s","data":%s}
            """
                .formatted(first, CREATE, last, CREATE));

    CliRun refused = run("send", file.toString(), "--wait");
    CliRun rest = run("send", file.toString(), "--wait", "--skip-invalid");

    assertThat(refused.exit()).isEqualTo(2);
    assertThat(refused.text()).contains("2 in order, 2 not; nothing was sent");
    assertThat(refused.err().lines())
        .satisfiesExactly(
            line ->
                assertThat(line).startsWith("line 2: SCHEMA_VIOLATION: data.description: expected"),
            line -> assertThat(line).startsWith("line 3: MALFORMED: value: expected JSON"));
    assertThat(rest.exit()).isEqualTo(1);
    assertThat(rest.err()).as("told once").isEqualTo(refused.err());
    assertThat(rest.lines().getLast()).isEqualTo("2 accepted, 2 not valid");
    // What was sent the first time would be there twice: the second is another command.
    assertThat(pipeline.eventsAbout(UUID.fromString(first), 1)).hasSize(1);
    assertThat(rest.text()).contains("line 1 ", first, "line 4 ", last);
  }

  @Test
  void sendsOfAStreamWhatComesBeforeTheFirstThatIsWrong() {
    String line = "{\"type\":\"task.create\",\"subject\":\"%s\",\"data\":" + CREATE + "}\n";
    String first = UUID.randomUUID().toString();
    String last = UUID.randomUUID().toString();
    InputStream stdin = System.in;
    CliRun sent;
    try {
      System.setIn(
          new ByteArrayInputStream(
              (line.formatted(first) + "{}\n" + line.formatted(last))
                  .getBytes(StandardCharsets.UTF_8)));
      sent = run("send", "-");
    } finally {
      System.setIn(stdin);
    }
    pipeline.eventsAbout(UUID.fromString(first), 1);
    Event after = pipeline.ask(Commands.createTask(UUID.fromString(last)));

    assertThat(sent.exit()).isEqualTo(1);
    assertThat(sent.err()).startsWith("line 2: SCHEMA_VIOLATION: type: expected this attribute");
    assertThat(sent.lines()).containsExactly("1 sent, 1 not valid");
    assertThat(after.type()).as("the first command about it").isEqualTo("task.created.v1");
  }

  @Test
  void tellsThatKafkaIsAwayOrHasNoTopics() {
    CliRun away =
        run(
            "send",
            "task.create",
            "--data=" + CREATE,
            "--bootstrap-servers=127.0.0.1:1",
            "--spring.kafka.producer.properties.max.block.ms=500");
    CliRun none =
        run("send", "task.create", "--data=" + CREATE, "--wait", "--orchestrator.topics.log=none");

    assertThat(away.exit()).isEqualTo(3);
    assertThat(away.err()).startsWith("Kafka cannot be reached");
    assertThat(none.exit()).isEqualTo(1);
    assertThat(none.err()).startsWith("Expected the topic none, but there is none");
  }

  private CliRun run(String... arguments) {
    return run(List.of(arguments));
  }

  private CliRun run(List<String> arguments) {
    // Settings among the arguments win over the site's.
    Predicate<String> isSetting = each -> each.matches("--(orchestrator|spring)\\..*");
    List<String> all =
        new ArrayList<>(arguments.stream().filter(Predicate.not(isSetting)).toList());
    all.addAll(
        pipeline.site().settings(arguments.stream().filter(isSetting).toArray(String[]::new)));
    return CliRun.of(all);
  }
}
