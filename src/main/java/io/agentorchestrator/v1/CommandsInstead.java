package io.agentorchestrator.v1;

import io.agentorchestrator.messages.CommandType;
import io.agentorchestrator.rest.WriteAdvice;
import io.agentorchestrator.topics.TopicProperties;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.hibernate.id.uuid.UuidVersion7Strategy;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.server.PathContainer;
import org.springframework.stereotype.Component;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

/**
 * What to send where somebody still writes over REST, as to the service before: the topic, the type
 * and a whole and valid command with the path's ids in it, each time a new one. What it says
 * besides is an example: the request's body is not read, for that it meant the same is nobody's to
 * say.
 */
@Component
class CommandsInstead implements WriteAdvice {

  private static final Set<HttpMethod> WRITES =
      Set.of(HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH, HttpMethod.DELETE);

  private static final Set<HttpMethod> DELETE = Set.of(HttpMethod.DELETE);

  private static final Pattern ID =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

  private static final List<String> OPERATIONS =
      List.of("activate", "deactivate", "reset_status", "deregister");

  private static final String VERSION = "version";

  /** The first that fits counts. */
  private static final List<Rule> RULES =
      List.of(
          rule("/agents/register", WRITES, ids -> register(newId())),
          rule("/agents/bulk/{operation}", WRITES, CommandsInstead::bulk),
          rule("/agents", WRITES, ids -> register(newId())),
          rule("/agents/{id}", DELETE, ids -> deregister(id(ids, "id"))),
          rule("/agents/{id}", WRITES, ids -> register(id(ids, "id"))),
          rule("/tasks/{id}/assign/{agent_id}", WRITES, CommandsInstead::assign),
          rule("/tasks", WRITES, ids -> createTask()),
          // What else there is to say of a task is for the agent that holds it.
          rule("/tasks/{id}", DELETE, ids -> cancel(CommandType.TASK_CANCEL, id(ids, "id"))),
          // These were never under v1.
          rule("v2", "/workflows", WRITES, ids -> createWorkflow()),
          rule(
              "v2",
              "/workflows/{id}",
              DELETE,
              ids -> cancel(CommandType.WORKFLOW_CANCEL, id(ids, "id"))));

  private record Rule(
      PathPattern path, Set<HttpMethod> methods, Function<Map<String, String>, Command> command) {}

  /** A command to be: without what is the same in all. */
  private record Command(CommandType type, String subject, Map<String, ?> data) {}

  private final V1Properties properties;
  private final TopicProperties topics;

  CommandsInstead(V1Properties properties, TopicProperties topics) {
    this.properties = properties;
    this.topics = topics;
  }

  private static Rule rule(
      String path, Set<HttpMethod> methods, Function<Map<String, String>, Command> command) {
    return rule("v[12]", path, methods, command);
  }

  private static Rule rule(
      String versions,
      String path,
      Set<HttpMethod> methods,
      Function<Map<String, String>, Command> command) {
    return new Rule(
        PathPatternParser.defaultInstance.parse(
            "/api/{%s:%s}%s".formatted(VERSION, versions, path)),
        methods,
        command);
  }

  @Override
  public Optional<ProblemDetail> of(HttpMethod method, PathContainer path) {
    if (!WRITES.contains(method)) {
      return Optional.empty();
    }
    for (Rule rule : RULES) {
      PathPattern.PathMatchInfo match = rule.path().matchAndExtract(path);
      if (match != null && rule.methods().contains(method)) {
        Map<String, String> ids = match.getUriVariables();
        return isServed(ids.getOrDefault(VERSION, ""))
            ? Optional.of(problem(rule.command().apply(ids)))
            : Optional.empty();
      }
    }
    return Optional.empty();
  }

  /** Where v1 is off, nothing is told from under it. */
  private boolean isServed(String version) {
    return properties.enabled() || !version.equals("v1");
  }

  private ProblemDetail problem(Command command) {
    String topic = topic(command.type());
    ProblemDetail problem =
        ProblemDetail.forStatusAndDetail(
            HttpStatus.METHOD_NOT_ALLOWED,
            ("Nothing is written over REST. What can be done here is a command, %s, sent to the"
                    + " Kafka topic %s with its subject as the key; example is one.")
                .formatted(command.type().value(), topic));
    problem.setProperty("topic", topic);
    problem.setProperty("command_type", command.type().value());
    Map<String, Object> example = new LinkedHashMap<>();
    example.put("specversion", "1.0");
    example.put("id", newId());
    example.put("source", "/your-service");
    example.put("type", command.type().value());
    example.put("subject", command.subject());
    example.put("data", command.data());
    problem.setProperty("example", example);
    return problem;
  }

  private String topic(CommandType type) {
    return switch (type.entityType()) {
      case AGENT, BULK_OPERATION -> topics.agentCommands();
      case TASK -> topics.taskCommands();
      case WORKFLOW -> topics.workflowCommands();
      case SERVICE -> throw new IllegalStateException("no command is about a service");
    };
  }

  private static Command register(String agent) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("name", "Reviewer");
    data.put("type", "coder");
    data.put("endpoint", "https://agents.example.com/reviewer");
    data.put("capabilities", List.of("java"));
    return new Command(CommandType.AGENT_REGISTER, agent, data);
  }

  private static Command deregister(String agent) {
    return new Command(CommandType.AGENT_DEREGISTER, agent, Map.of("reason", "No longer needed."));
  }

  /** It names an agent that there is not, so that nothing comes of sending it unread. */
  private static Command bulk(Map<String, String> path) {
    String operation = path.get("operation");
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("operation", OPERATIONS.contains(operation) ? operation : OPERATIONS.getFirst());
    data.put("agent_ids", List.of(newId()));
    data.put("mode", "best_effort");
    return new Command(CommandType.AGENTS_BULK, newId(), data);
  }

  private static Command createTask() {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("type", "review");
    data.put("description", "Read the change.");
    data.put("input", Map.of("url", "https://example.com/changes/1"));
    data.put("required_capabilities", List.of("java"));
    return new Command(CommandType.TASK_CREATE, newId(), data);
  }

  private static Command assign(Map<String, String> path) {
    return new Command(
        CommandType.TASK_ASSIGN, id(path, "id"), Map.of("agent_id", id(path, "agent_id")));
  }

  private static Command cancel(CommandType type, String subject) {
    return new Command(type, subject, Map.of("reason", "No longer needed."));
  }

  private static Command createWorkflow() {
    Map<String, Object> task = new LinkedHashMap<>();
    task.put("task_id", newId());
    task.put("type", "review");
    task.put("description", "Read the change.");
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("name", "Release");
    data.put("user_id", "alice");
    data.put("tasks", List.of(task));
    return new Command(CommandType.WORKFLOW_CREATE, newId(), data);
  }

  /** The path's id; one that no entity can have is replaced by one that could. */
  private static String id(Map<String, String> path, String name) {
    String id = path.getOrDefault(name, "");
    return ID.matcher(id).matches() ? id : newId();
  }

  private static String newId() {
    UUID id = UuidVersion7Strategy.INSTANCE.generateUuid(null);
    return id.toString();
  }
}
