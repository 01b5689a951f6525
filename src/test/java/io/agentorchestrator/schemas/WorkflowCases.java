package io.agentorchestrator.schemas;

import io.agentorchestrator.schemas.Rule.Sample;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Workflows with many tasks or none, and with wrong ones behind right ones. What the tasks say of
 * each other is for the rules to reject, not for the schema.
 */
final class WorkflowCases {

  private static final String TASKS = "/data/tasks";

  private final ObjectNode full;
  private final Map<String, JsonNode> messages = new LinkedHashMap<>();

  private WorkflowCases(ObjectNode full) {
    this.full = full;
  }

  /** Returns the messages by name, made from one with every field, of two tasks. */
  static Map<String, JsonNode> all(ObjectNode full) {
    WorkflowCases cases = new WorkflowCases(full);
    cases.addNumbersOfTasks();
    cases.addWrongTasks();
    cases.addDependencies();
    return cases.messages;
  }

  private void addNumbersOfTasks() {
    add("accepted", TASKS, Rule.array("one", 1, WorkflowCases::task));
    add("accepted", TASKS, Rule.array("most", 100, WorkflowCases::task));
    add("refused", TASKS, Rule.array("none", 0, WorkflowCases::task));
    add("refused", TASKS, Rule.array("one too many", 101, WorkflowCases::task));
    JsonNode whole = full.at(TASKS + "/0");
    add("accepted", TASKS, Rule.array("most, with every field", 100, i -> whole));
    add("accepted", TASKS, Rule.array("most, all the same", 100, i -> task(7)));
    String text = "z".repeat(262_144 - "{\"a\":\"\"}".length());
    ObjectNode message = full.deepCopy();
    for (String pointer : new String[] {"/data/configuration", "/data/metadata", "/1/input"}) {
      String at = pointer.startsWith("/data") ? pointer : TASKS + pointer;
      Rule.put(message, at, Schemas.JSON.createObjectNode().put("a", text));
    }
    messages.put("accepted: workflow with three objects at their limit", message);
  }

  private void addWrongTasks() {
    for (Sample other : Rule.othersThan("object")) {
      add("refused", TASKS + "/0", other);
      add("refused", TASKS + "/1", other);
    }
    add("refused", TASKS + "/1", Rule.raw("empty", "{}"));
    for (String field : new String[] {"task_id", "type", "description"}) {
      ObjectNode message = full.deepCopy();
      ((ObjectNode) message.at(TASKS + "/1")).remove(field);
      messages.put("refused: workflow whose second task has no " + field, message);
      add("refused", TASKS + "/1/" + field, Rule.string("empty", ""));
      add("refused", TASKS + "/1/" + field, Rule.raw("null", "null"));
    }
    for (String field : new String[] {"unknown", "workflow_id", "id", "user_id", "tasks"}) {
      add("refused", TASKS + "/1/" + field, Rule.string("of a task", id(1)));
    }
    IntFunction<JsonNode> lastOneWrong =
        i -> i < 99 ? task(i) : ((ObjectNode) task(i)).put("priority", 6);
    add("refused", TASKS, Rule.array("the last of 100 wrong", 100, lastOneWrong));
    for (String field : new String[] {"task_id", "depends_on", "type", "input"}) {
      add("refused", "/data/" + field, new Sample("of a workflow", full.at(TASKS + "/0/" + field)));
    }
  }

  private void addDependencies() {
    String first = full.at(TASKS + "/0/task_id").stringValue();
    String second = full.at(TASKS + "/1/task_id").stringValue();
    String own = full.path("subject").stringValue();
    dependsOn("on itself", second);
    dependsOn("on one twice", first, first);
    dependsOn("on an unknown task", id(1));
    dependsOn("on its workflow", own);
    add("accepted", TASKS + "/1/depends_on", Rule.raw("on none", "[]"));
    add("accepted", TASKS + "/0/depends_on", Rule.array("on each other", 1, i -> node(second)));
    add("accepted", TASKS + "/0/parent_task_id", Rule.string("itself", first));
    add("accepted", TASKS + "/1/task_id", Rule.string("of the first", first));
    add("accepted", TASKS + "/1/task_id", Rule.string("of the workflow", own));
    add(
        "refused",
        TASKS + "/1/depends_on",
        Rule.array("in upper case", 1, i -> node(first.toUpperCase(Locale.ROOT))));
    add("refused", TASKS + "/1/depends_on", Rule.string("on a text", first));
    add("refused", TASKS + "/1/depends_on", Rule.raw("on the first by number", "[0]"));
  }

  private void dependsOn(String label, String... ids) {
    add("accepted", TASKS + "/1/depends_on", Rule.array(label, ids.length, i -> node(ids[i])));
  }

  private void add(String verdict, String pointer, Sample sample) {
    ObjectNode message = full.deepCopy();
    Rule.put(message, pointer, sample.value());
    messages.put(verdict + ": workflow " + pointer + " " + sample.label(), message);
  }

  private static JsonNode task(int i) {
    return Schemas.JSON
        .createObjectNode()
        .put("task_id", id(i))
        .put("type", "ocr")
        .put("description", "Read it.");
  }

  private static String id(int i) {
    return String.format(Locale.ROOT, "0199b2c4-7d1e-7a3b-9c55-%012x", i);
  }

  private static JsonNode node(String text) {
    return Rule.string("", text).value();
  }
}
