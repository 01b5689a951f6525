package io.agentorchestrator.schemas;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the contract says about one type of command, field by field. A type of which no command can
 * have every field has a shape for each of its variants.
 *
 * @param name the type, and which variant of it
 * @param full a valid command with every field of the variant
 * @param required JSON pointers to what may not be absent
 * @param closed JSON pointers to the objects that take no unknown field
 * @param fields JSON pointers to the fields of the data, with the rule of each
 */
record Shape(
    String name,
    ObjectNode full,
    List<String> required,
    List<String> closed,
    Map<String, Rule> fields) {

  private static final String AGENTS = "orchestrator.commands.agents";
  private static final String TASKS = "orchestrator.commands.tasks";
  private static final String WORKFLOWS = "orchestrator.commands.workflows";
  private static final String UUID = "0199b2c4-7d1e-7a3b-9c55-1f0e2d3c4b5a";
  private static final String OTHER_UUID = "0199b2c4-8a11-7f02-8d3e-6b7a5c4d3e2f";

  /** The fields that a task has wherever it is created. */
  private static final String TASK =
      """
      "type":"ocr","name":"Invoice","description":"Read it.","input":{"page":1},"priority":3,
      "required_capabilities":["ocr"],"parent_task_id":"%1$s","depends_on":["%1$s"],
      "timeout_seconds":60,"max_retries":1,"assignment":"auto","tags":["tag"],"metadata":{"a":1}"""
          .formatted(OTHER_UUID);

  /** The attributes that every command has, with the rule of each. */
  static final Map<String, Rule> ENVELOPE = envelope();

  static final List<String> ENVELOPE_REQUIRED =
      List.of("/specversion", "/id", "/source", "/type", "/subject", "/data");

  /** All of them, in the order of the contract. */
  static List<Shape> all() {
    Rule reason = Rule.text(0, 5_000);
    Rule uuid = Rule.uuid();
    Rule attempt = Rule.integer(1, Integer.MAX_VALUE);
    Rule object = Rule.object();
    return List.of(
        new Builder(
                "agent.register.v1",
                """
                {"name":"Invoice reader","type":"documents","endpoint":"https://a.example/x",
                 "version":"2.3","capabilities":["ocr"],"max_concurrent_tasks":4,
                 "lease_seconds":60,"metadata":{"region":"eu"},"card":{"skills":[]}}""")
            .required("name", Rule.text(3, 255))
            .required("type", Rule.text(1, 255))
            .required("endpoint", Rule.url())
            .optional("version", Rule.text(1, 100))
            .optional("capabilities", Rule.labels(50))
            .optional("max_concurrent_tasks", Rule.integer(1, 100))
            .optional("lease_seconds", Rule.integer(10, 3_600).accepting("0", "0.0", "-0", "0e9"))
            .optional("metadata", object)
            .optional("card", object)
            .build(),
        new Builder("agent.heartbeat.v1", "{\"metrics\":{\"cpu\":0.5}}")
            .optional("metrics", object)
            .build(),
        new Builder("agent.deregister.v1", "{\"reason\":\"Replaced.\"}")
            .optional("reason", reason)
            .build(),
        task(
                new Builder(
                    "task.create.v1", "{%s,\"workflow_id\":\"%s\"}".formatted(TASK, OTHER_UUID)),
                "")
            .optional("workflow_id", uuid)
            .build(),
        new Builder("task.assign.v1", "{\"agent_id\":\"%s\"}".formatted(UUID))
            .optional("agent_id", uuid)
            .build(),
        holder("task.start.v1", "", uuid, attempt).build(),
        holder(
                "task.progress.v1",
                ",\"status\":\"working\",\"progress\":0.5,\"message\":\"Half.\"",
                uuid,
                attempt)
            .optional("status", Rule.oneOf("working", "input_required"))
            .optional("progress", Rule.fraction())
            .optional("message", reason)
            .build(),
        holder("task.complete.v1", ",\"result\":{\"total\":1}", uuid, attempt)
            .optional("result", object)
            .build(),
        holder(
                "task.fail.v1",
                ",\"error\":{\"code\":\"TIMEOUT\",\"message\":\"Late.\"},\"retryable\":true",
                uuid,
                attempt)
            .required("error", new Rule(List.of(), Rule.othersThan("none")))
            .required("error/code", Rule.text(1, 100))
            .required("error/message", reason)
            .closed("error")
            .optional("retryable", Rule.bool())
            .build(),
        new Builder("task.cancel.v1", "{\"reason\":\"Paid.\"}").optional("reason", reason).build(),
        bulk(" by id", "\"agent_ids\":[\"%s\"]".formatted(UUID))
            .required("agent_ids", Rule.uuids(1_000))
            .build(),
        bulk(
                " by filter",
                "\"filter\":{\"type\":\"ocr\",\"status\":\"active\",\"capability\":\"pdf\"}")
            .required("filter", new Rule(List.of(), Rule.othersThan("object")))
            .optional("filter/type", Rule.text(1, 255))
            .optional("filter/status", Rule.oneOf("active", "offline", "deregistered"))
            .optional("filter/capability", Rule.text(2, 100))
            .closed("filter")
            .build(),
        task(
                new Builder(
                        "workflow.create.v1",
                        """
                        {"name":"Invoices","description":"Reads and books.","user_id":"alice",
                         "priority":3,"timeout_seconds":60,"on_task_failure":"fail",
                         "configuration":{"currency":"EUR"},"metadata":{"a":1},
                         "tasks":[{"task_id":"%1$s",%2$s},
                                  {"task_id":"%3$s","type":"book","description":"Book it.",
                                   "depends_on":["%1$s"]}]}"""
                            .formatted(UUID, TASK, OTHER_UUID))
                    .required("name", Rule.text(3, 255))
                    .optional("description", Rule.text(1, 5_000))
                    .required("user_id", Rule.text(1, 255))
                    .optional("priority", Rule.integer(1, 5))
                    .optional("timeout_seconds", Rule.integer(1, 86_400))
                    .optional("on_task_failure", Rule.oneOf("fail", "continue"))
                    .optional("configuration", object)
                    .optional("metadata", object)
                    .required("tasks", new Rule(List.of(), Rule.othersThan("array")))
                    .required("tasks/0/task_id", uuid)
                    .closed("tasks/0"),
                "tasks/0/")
            .build(),
        workflow("workflow.pause.v1", reason),
        workflow("workflow.resume.v1", reason),
        workflow("workflow.cancel.v1", reason));
  }

  String type() {
    return full.path("type").stringValue();
  }

  String topic() {
    return topic(type());
  }

  /** Returns the topic that a type belongs to. */
  static String topic(String type) {
    if (type.startsWith("workflow.")) {
      return WORKFLOWS;
    }
    return type.matches("agents?\\..*") ? AGENTS : TASKS;
  }

  /** Adds what {@link #TASK} has, below a pointer into the data. */
  private static Builder task(Builder builder, String at) {
    return builder
        .required(at + "type", Rule.text(1, 255))
        .optional(at + "name", Rule.text(3, 255))
        .required(at + "description", Rule.text(1, 5_000))
        .optional(at + "input", Rule.object())
        .optional(at + "priority", Rule.integer(1, 5))
        .optional(at + "required_capabilities", Rule.labels(50))
        .optional(at + "parent_task_id", Rule.uuid())
        .optional(at + "depends_on", Rule.uuids())
        .optional(at + "timeout_seconds", Rule.integer(1, 86_400))
        .optional(at + "max_retries", Rule.integer(0, 10))
        .optional(at + "assignment", Rule.oneOf("auto", "manual"))
        .optional(at + "tags", Rule.labels(20))
        .optional(at + "metadata", Rule.object());
  }

  private static Builder bulk(String variant, String agents) {
    return new Builder(
            "agents.bulk.v1",
            "{\"operation\":\"activate\",%s,\"mode\":\"atomic\"}".formatted(agents))
        .variant(variant)
        .required("operation", Rule.oneOf("activate", "deactivate", "reset_status", "deregister"))
        .optional("mode", Rule.oneOf("atomic", "best_effort"));
  }

  private static Shape workflow(String type, Rule reason) {
    return new Builder(type, "{\"reason\":\"Closed.\"}").optional("reason", reason).build();
  }

  private static Builder holder(String type, String more, Rule uuid, Rule attempt) {
    return new Builder(type, "{\"agent_id\":\"%s\",\"attempt\":2%s}".formatted(UUID, more))
        .required("agent_id", uuid)
        .required("attempt", attempt);
  }

  private static Map<String, Rule> envelope() {
    Rule text = Rule.text(1, 255);
    Map<String, Rule> rules = new LinkedHashMap<>();
    rules.put("/specversion", Rule.oneOf("1.0").refusing("0.3", "1.0.0", "1", "v1.0", "1.0\n"));
    rules.put("/id", text);
    rules.put("/source", text);
    rules.put("/subject", Rule.uuid());
    rules.put("/actor", text.orNull());
    rules.put("/time", time().orNull());
    rules.put("/datacontenttype", contentType().orNull());
    rules.put("/dataschema", Rule.text(0, 6_000).unbounded().orNull());
    rules.put("/data", new Rule(List.of(), Rule.othersThan("object")));
    return rules;
  }

  private static Rule time() {
    return Rule.strings(
        List.of(
            "2026-11-23T09:00:00Z",
            "2026-11-23t09:00:00z",
            "2026-11-23T09:00:00.1Z",
            "2026-11-23T09:00:00.123456789012345678901234567890Z",
            "2026-11-23T23:59:60Z",
            "2026-11-23T09:00:00+01:00",
            "2026-11-23T09:00:00-23:59",
            "2026-11-23T09:00:00-00:00",
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999Z",
            "2026-02-30T00:00:00Z"),
        List.of(
            "",
            "2026-11-23",
            "2026-11-23T09:00Z",
            "2026-11-23T09:00:00",
            "2026-11-23 09:00:00Z",
            "2026-11-23T09:00:00.Z",
            "2026-11-23T09:00:00,5Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T09:60:00Z",
            "2026-11-23T09:00:61Z",
            "2026-13-23T09:00:00Z",
            "2026-00-23T09:00:00Z",
            "2026-11-32T09:00:00Z",
            "2026-11-00T09:00:00Z",
            "2026-11-23T09:00:00+0100",
            "2026-11-23T09:00:00+24:00",
            "2026-11-23T09:00:00+01",
            "26-11-23T09:00:00Z",
            "+12026-11-23T09:00:00Z",
            "-2026-11-23T09:00:00Z",
            "2026-1-3T9:00:00Z",
            " 2026-11-23T09:00:00Z",
            "2026-11-23T09:00:00Z\n",
            "2026-11-23T09:00:00Z\0",
            "\u0662\u0660\u0662\u0666-11-23T09:00:00Z",
            "Mon, 23 Nov 2026 09:00:00 GMT",
            "1795424400"));
  }

  private static Rule contentType() {
    return Rule.strings(
        List.of(
            "application/json",
            "APPLICATION/JSON",
            "Application/Json; Charset=UTF-8",
            "application/json;charset=utf-8",
            "application/json \t ;x",
            "application/json;",
            "application/vnd.api+json",
            "application/vnd.a-1.b+c+JSON; v=1"),
        List.of(
            "",
            "json",
            "text/json",
            "text/plain",
            "application/xml",
            "application/json5",
            "application/jsonl",
            "application/+json",
            "application/ json",
            "application/a b+json",
            "application/a_b+json",
            "application/json charset=utf-8",
            "application/json,application/xml",
            " application/json",
            "application/json ",
            "application/json\n",
            "application/json;a\nb",
            "application/json;\0",
            "application/j\u017Fon",
            "application/\u212Aa+json",
            "application/octet-stream"));
  }

  /** Collects the fields of the data in the order in which they are named. */
  private static final class Builder {

    private final ObjectNode full;
    private String name;
    private final List<String> required = new ArrayList<>(ENVELOPE_REQUIRED);
    private final List<String> closed = new ArrayList<>(List.of("/data"));
    private final Map<String, Rule> fields = new LinkedHashMap<>();

    Builder(String type, String data) {
      name = type;
      full = Schemas.JSON.createObjectNode();
      full.put("specversion", "1.0");
      full.put("id", "0192-" + type);
      full.put("source", "/planner/eu-1");
      full.put("type", type);
      full.put("subject", "0199b2c5-1001-7000-8000-000000000001");
      full.put("time", "2026-11-23T09:00:00Z");
      full.put("actor", "alice");
      full.put("datacontenttype", "application/json");
      full.put("dataschema", "https://agentorchestrator.io/schemas/");
      full.put("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
      full.set("data", Schemas.JSON.readTree(data));
    }

    Builder variant(String variant) {
      name += variant;
      return this;
    }

    Builder required(String field, Rule rule) {
      required.add("/data/" + field);
      return optional(field, rule);
    }

    Builder optional(String field, Rule rule) {
      fields.put("/data/" + field, rule);
      return this;
    }

    Builder closed(String field) {
      closed.add("/data/" + field);
      return this;
    }

    Shape build() {
      return new Shape(name, full, List.copyOf(required), List.copyOf(closed), fields);
    }
  }
}
