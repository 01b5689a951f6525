package io.agentorchestrator.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.rest.Reading;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.databind.JsonNode;

/**
 * Holds {@code openapi.yaml} and the running worker against each other: each parameter by itself,
 * and many together in requests made from the description ({@code -Pfuzz} makes more of them;
 * {@code -Dorchestrator.seed} replays a run).
 */
class OpenApiIT {

  private static final long SEED = Long.getLong("orchestrator.seed", System.nanoTime());

  /** So many requests are made of each read. */
  private static final int GENERATED = Integer.getInteger("orchestrator.fuzz.reads", 40);

  /** Of a stream fewer: each is a reader more until the worker finds it gone. */
  private static final int MOST_STREAMS = 100;

  private static final JsonNode API = OpenApi.API;
  private static final Reading READING = Reading.shared();
  private static final String TYPE = "type-" + UUID.randomUUID();
  private static final UUID AGENT = UUID.randomUUID();
  private static final List<UUID> TASKS = Reading.ids(5);
  private static final List<UUID> STEPS = Reading.ids(2);
  private static final UUID WORKFLOW = UUID.randomUUID();
  private static final String COMMAND = UUID.randomUUID().toString();

  /** A parameter of a path, its references followed. */
  record Parameter(String path, String name, boolean inQuery, JsonNode schema) {

    boolean isRepeatable(JsonNode declaration) {
      return schema.path("type").asString("").equals("array")
          && declaration.path("explode").asBoolean(true);
    }

    @Override
    public String toString() {
      return path + " " + name;
    }
  }

  @BeforeAll
  static void leaveSomethingToRead() {
    // A second one, so that the list of agents has a second page, whatever other tests left.
    READING.apply(Reading.register(UUID.randomUUID(), TYPE, Map.of()));
    READING.apply(
        Reading.register(
            AGENT,
            TYPE,
            Map.of("version", "1", "capabilities", List.of("java"), "max_concurrent_tasks", 4)));
    for (UUID task : TASKS) {
      READING.apply(
          Reading.createTask(
              task,
              TYPE,
              task.equals(TASKS.getFirst())
                  ? Map.of("name", "First", "timeout_seconds", 60, "tags", List.of("tag"))
                  : Map.of(
                      "parent_task_id",
                      TASKS.getFirst(),
                      "max_retries",
                      1,
                      "required_capabilities",
                      List.of("java"))));
    }
    // Likewise.
    READING.apply(
        Reading.createWorkflow(
            UUID.randomUUID(),
            TYPE,
            List.of(Reading.step(UUID.randomUUID(), TYPE, Map.of())),
            Map.of()));
    READING.apply(
        Reading.createWorkflow(
            WORKFLOW,
            TYPE,
            List.of(
                Reading.step(STEPS.get(0), TYPE, Map.of()),
                Reading.step(STEPS.get(1), TYPE, Map.of("depends_on", List.of(STEPS.get(0))))),
            Map.of("description", "Two steps.", "timeout_seconds", 86400)));
    Map<String, ?> error = Map.of("error", Map.of("code", "E", "message", "Broken."));
    for (UUID task : TASKS.subList(0, 4)) {
      READING.apply(Reading.assign(task, AGENT));
    }
    READING.apply(
        Reading.word("task.complete.v1", TASKS.get(1), AGENT, Map.of("result", Map.of("a", 1))),
        Reading.word("task.fail.v1", TASKS.get(2), AGENT, error),
        Reading.word("task.progress.v1", TASKS.get(3), AGENT, Map.of("progress", 0.5)),
        Reading.command("task.cancel.v1", TASKS.get(4), Map.of()).put("id", COMMAND),
        Reading.command("task.cancel.v1", TASKS.get(4), Map.of("reason", "Again."))
            .put("id", COMMAND),
        Reading.command("task.cancel.v1", TASKS.get(4), Map.of("reason", 1)).put("id", COMMAND));
  }

  @Test
  void isOpenApiAndRefersOnlyToWhatIsThere() {
    assertThat(API.path("openapi").stringValue()).isEqualTo("3.1.0");
    for (String reference : API.findValuesAsString("$ref")) {
      assertThat(reference).startsWith("#/");
      assertThat(API.at(reference.substring(1)).isMissingNode()).as(reference).isFalse();
    }
    Set<String> used = new TreeSet<>(API.findValuesAsString("$ref"));
    for (String kind : List.of("parameters", "schemas", "responses", "headers")) {
      for (String name : API.at("/components/" + kind).propertyNames()) {
        assertThat(used).contains("#/components/%s/%s".formatted(kind, name));
      }
    }
  }

  @Test
  void describesThePathsThatThereAreAndNoOthers() {
    Set<String> served =
        READING
            .worker()
            .bean(RequestMappingHandlerMapping.class)
            .getHandlerMethods()
            .keySet()
            .stream()
            .flatMap(mapping -> mapping.getPatternValues().stream())
            .filter(path -> path.startsWith("/api/"))
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(new TreeSet<>(API.path("paths").propertyNames())).isEqualTo(served);
  }

  @ParameterizedTest
  @MethodSource("paths")
  void describesTheParametersThatThereAreAndNoOthers(String path) {
    Reading.Answer answer = get(with(path, "no_such_parameter", "1"));

    answer.problem(400);
    assertThat(Reading.texts(answer.json().get("allowed")))
        .containsExactlyElementsOf(
            parameters()
                .filter(each -> each.path().equals(path) && each.inQuery())
                .map(Parameter::name)
                .toList());
  }

  @ParameterizedTest
  @MethodSource("parameters")
  void takesWhatItDescribesAndRefusesWhatItDoesNot(Parameter parameter) {
    for (String valid : valid(parameter)) {
      Reading.Answer answer = get(with(parameter.path(), parameter.name(), valid));
      assertThat(answer.status()).as("%s=%s: %s", parameter, valid, answer.body()).isIn(200, 404);
      OpenApi.hold(parameter.path(), answer);
    }
    for (String invalid : invalid(parameter.schema())) {
      Reading.Answer answer = get(with(parameter.path(), parameter.name(), invalid));
      assertThat(answer.problem(400)).as("%s=%s", parameter, invalid).startsWith(parameter.name());
      OpenApi.hold(parameter.path(), answer);
    }
  }

  @ParameterizedTest
  @MethodSource("parameters")
  void takesTwiceOnlyWhatMayBeRepeated(Parameter parameter) {
    if (!parameter.inQuery()) {
      return;
    }
    String value = encoded(valid(parameter).getFirst());
    String once = with(parameter.path(), parameter.name(), valid(parameter).getFirst());

    Reading.Answer answer = get(once + "&" + parameter.name() + "=" + value);

    assertThat(answer.status())
        .as(answer.body())
        .isEqualTo(parameter.isRepeatable(declaration(parameter)) ? 200 : 400);
  }

  @ParameterizedTest
  @MethodSource("paths")
  void answersAsDescribed(String path) {
    List<String> all = new ArrayList<>(List.of(filled(path)));
    switch (path) {
      case "/api/v2/agents", "/api/v2/tasks" ->
          all.addAll(List.of(filled(path) + "?limit=2&count=true&type=" + TYPE));
      case "/api/v1/agents", "/api/v1/tasks" -> all.add(filled(path) + "?limit=2&type=" + TYPE);
      case "/api/v1/tasks/{id}" ->
          TASKS.forEach(task -> all.addAll(List.of("/api/v1/tasks/" + task)));
      case "/api/v2/agents/{id}" -> all.add(filled(path) + "?include=tasks");
      case "/api/v2/tasks/{id}" -> {
        for (UUID task : TASKS) {
          all.add("/api/v2/tasks/" + task + "?include=agent,workflow,children");
        }
        all.add("/api/v2/tasks/" + STEPS.get(1) + "?include=workflow");
        all.add("/api/v2/tasks/" + UUID.randomUUID());
      }
      case "/api/v2/workflows" -> all.add(filled(path) + "?limit=2&count=true&user_id=" + TYPE);
      case "/api/v2/workflows/{id}" -> {
        all.add(filled(path) + "?include=tasks");
        all.add("/api/v2/workflows/" + UUID.randomUUID());
      }
      case "/api/v2/log" -> all.add(filled(path) + "?limit=200");
      case "/api/v2/log/stream" -> all.add(filled(path) + "?entity_type=task");
      case "/api/v2/commands" -> all.add("/api/v2/commands?id=none");
      default ->
          assertThat(path)
              .isIn("/api/v2/statistics", "/api/v2/health/database", "/api/v2/health/services");
    }

    for (String each : all) {
      Reading.Answer answer = get(each);
      assertThat(answer.status()).as(each).isIn(200, 404);
      OpenApi.hold(path, answer);
    }
  }

  /** Any parameters together, and headers: each answer is one of those described. */
  @ParameterizedTest
  @MethodSource("reads")
  void answersGeneratedRequestsAsDescribed(DescribedRead read) {
    GeneratedRequests requests =
        new GeneratedRequests(new Random(SEED ^ read.path().hashCode()), read, selecting(read));
    boolean stream = read.mediaType().equals("text/event-stream");
    for (int i = 0; i < (stream ? Math.min(GENERATED, MOST_STREAMS) : GENERATED); i++) {
      GeneratedRequests.Request request = requests.next(i % 2 == 0);
      Reading.Answer answer = held(read, request);
      requests.saw(answer.header("etag"));
      String cursor = nextCursor(answer);
      if (!cursor.isEmpty()) {
        held(read, requests.following(request, cursor));
        GeneratedRequests.Request astray = requests.astray(request, cursor);
        if (astray != null) {
          held(read, astray);
        }
      }
    }
  }

  private static Reading.Answer held(DescribedRead read, GeneratedRequests.Request request) {
    HttpRequest.Builder sent = HttpRequest.newBuilder(READING.uri(request.target()));
    request.headers().forEach(sent::header);
    Reading.Answer answer = Reading.send(sent);
    try {
      String wrong = request.wrong();
      if (wrong == null) {
        holdAllowed(read, request, answer);
      } else {
        assertThat(answer.problem(400)).startsWith(wrong + ": ");
        OpenApi.hold(read.path(), answer);
      }
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError(
          "With -Dorchestrator.seed=%d, %s: %s".formatted(SEED, request, e.getMessage()), e);
    }
    return answer;
  }

  private static void holdAllowed(
      DescribedRead read, GeneratedRequests.Request request, Reading.Answer answer) {
    if (answer.status() == 304) {
      assertThat(read.answers(304)).as("304 is described").isTrue();
      assertThat(request.headers()).containsKey("If-None-Match");
      assertThat(answer.body()).isEmpty();
      assertThat(answer.header("etag")).startsWith("W/\"");
    } else if (answer.status() == 400) {
      // Of allowed values, this is all that can be wrong: what other tests left may be large.
      assertThat(read.path()).startsWith("/api/v1/");
      assertThat(answer.problem(400)).startsWith("limit: Expected at most ").contains(" MiB");
    } else if (answer.status() == 503 && !read.answers(503)) {
      // Too much to be found in time, which the answer must lay at the filters' door.
      assertThat(answer.problem(503)).contains("within");
      assertThat(request.query())
          .extracting(Map.Entry::getKey)
          .containsAll(Reading.texts(answer.json().get("filters")));
      assertThat(answer.header("retry-after")).matches("[1-9][0-9]*");
    } else {
      assertThat(answer.status()).as(answer.body()).isIn(200, 404, 503);
      assertThat(read.answers(answer.status())).as("%d is described", answer.status()).isTrue();
      OpenApi.hold(read.path(), answer);
    }
  }

  private static String nextCursor(Reading.Answer answer) {
    return answer.status() == 200 && answer.header("content-type").startsWith("application/json")
        ? answer.json().path("next_cursor").asString("")
        : "";
  }

  /** Values that select something, by parameter: where nothing is found, little is tried. */
  private static Map<String, List<String>> selecting(DescribedRead read) {
    Map<String, List<String>> selecting = new HashMap<>();
    List<String> tasks = TASKS.stream().map(UUID::toString).toList();
    selecting.put("type", List.of(TYPE));
    selecting.put("user_id", List.of(TYPE));
    selecting.put("q", List.of("AN AGENT", "gen"));
    selecting.put("capability", List.of("java"));
    selecting.put("tag", List.of("tag"));
    selecting.put("agent_id", List.of(AGENT.toString()));
    selecting.put("workflow_id", List.of(WORKFLOW.toString()));
    selecting.put("parent_task_id", List.of(tasks.getFirst()));
    selecting.put("entity_id", List.of(AGENT.toString(), tasks.getLast(), WORKFLOW.toString()));
    selecting.put("command_id", List.of(COMMAND));
    selecting.put("operation", List.of("task.cancel"));
    selecting.put("actor", List.of(Reading.SOURCE));
    selecting.put("source", List.of(Reading.SOURCE));
    selecting.put(
        "id",
        read.path().endsWith("/commands")
            ? List.of(COMMAND)
            : read.path().contains("tasks") ? tasks : List.of(id(read.path())));
    return selecting;
  }

  private static List<DescribedRead> reads() {
    return DescribedRead.all();
  }

  @Test
  void everyOutcomeOfACommandIsAmongTheAnswers() {
    assertThat(READING.rows("/commands?id=" + COMMAND))
        .extracting(command -> command.get("outcome").stringValue())
        .containsExactly("accepted", "rejected", "dead_lettered");
  }

  private static Reading.Answer get(String path) {
    return READING.get(path);
  }

  private static JsonNode declaration(Parameter parameter) {
    for (JsonNode each : API.path("paths").path(parameter.path()).at("/get/parameters")) {
      if (OpenApi.resolved(each).get("name").stringValue().equals(parameter.name())) {
        return OpenApi.resolved(each);
      }
    }
    throw new IllegalArgumentException(parameter.toString());
  }

  private static Stream<String> paths() {
    return API.path("paths").propertyNames().stream();
  }

  private static Stream<Parameter> parameters() {
    return paths()
        .flatMap(
            path ->
                API.path("paths")
                    .path(path)
                    .at("/get/parameters")
                    .valueStream()
                    .map(OpenApi::resolved)
                    .filter(each -> !each.get("in").stringValue().equals("header"))
                    .map(
                        each ->
                            new Parameter(
                                path,
                                each.get("name").stringValue(),
                                each.get("in").stringValue().equals("query"),
                                OpenApi.resolved(each.get("schema")))));
  }

  /** A request that is answered, with the parameter given. */
  private static String with(String path, String name, String value) {
    if (name.equals("id") && path.endsWith("{id}")) {
      return path.replace("{id}", encoded(value));
    }
    String required = path.endsWith("/commands") && !name.equals("id") ? "id=" + COMMAND + "&" : "";
    return path.replace("{id}", id(path)) + "?" + required + name + "=" + encoded(value);
  }

  private static String filled(String path) {
    return path.endsWith("/commands") ? path + "?id=" + COMMAND : path.replace("{id}", id(path));
  }

  private static String id(String path) {
    if (path.contains("workflows")) {
      return WORKFLOW.toString();
    }
    return (path.contains("agents") ? AGENT : TASKS.getFirst()).toString();
  }

  private static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  private static List<String> valid(Parameter parameter) {
    JsonNode schema = parameter.schema();
    if (parameter.name().equals("cursor")) {
      return List.of(READING.read(parameter.path() + "?limit=1").get("next_cursor").asString());
    }
    JsonNode items =
        OpenApi.resolved(schema.path("items").isMissingNode() ? schema : schema.get("items"));
    if (items.has("enum")) {
      return Reading.texts(items.get("enum"));
    }
    return switch (items.get("type").stringValue()) {
      case "boolean" -> List.of("true", "false");
      case "integer" ->
          items.has("maximum")
              ? List.of(items.get("minimum").asString(), items.get("maximum").asString())
              : List.of(items.get("minimum").asString(), "123456789012");
      case "string" ->
          switch (items.path("format").asString("")) {
            case "uuid" -> List.of(AGENT.toString(), UUID.randomUUID().toString());
            case "date-time" ->
                List.of(items.at("/examples/0").stringValue(), "2026-11-23T10:00:00.123456+01:00");
            default ->
                List.of("ä'\"\\".repeat(items.get("minLength").intValue()), "😀".repeat(255));
          };
      default -> throw new IllegalArgumentException(parameter + ": " + items);
    };
  }

  private static List<String> invalid(JsonNode schema) {
    JsonNode items =
        OpenApi.resolved(schema.path("items").isMissingNode() ? schema : schema.get("items"));
    if (items.has("enum")) {
      return List.of("", "nonsense");
    }
    return switch (items.get("type").stringValue()) {
      case "boolean" -> List.of("", "1", "TRUE");
      case "integer" ->
          Stream.concat(
                  Stream.of("", "x", "1.0", "+1", "0x1"),
                  items.has("maximum")
                      ? Stream.of(
                          String.valueOf(items.get("minimum").intValue() - 1),
                          String.valueOf(items.get("maximum").intValue() + 1))
                      : Stream.of("-1", "9".repeat(30)))
              .toList();
      case "string" ->
          switch (items.path("format").asString("")) {
            case "uuid" -> List.of("x", AGENT + "0", AGENT.toString().replace("-", ""));
            case "date-time" -> List.of("", "yesterday", "2026-11-23T09:00:00", "1763888400");
            default ->
                items.has("minLength")
                    ? List.of(
                        "x".repeat(items.get("minLength").intValue() - 1), "x".repeat(256), "xx\0x")
                    : List.of("", "no cursor");
          };
      default -> throw new IllegalArgumentException(items.toString());
    };
  }
}
