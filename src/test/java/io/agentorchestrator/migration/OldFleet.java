package io.agentorchestrator.migration;

import io.agentorchestrator.local.LocalRedis;
import io.agentorchestrator.migration.MigrationReport.Outcome;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import redis.clients.jedis.Jedis;
import tools.jackson.databind.node.ObjectNode;

/**
 * A store as it may have become over the years: a fleet at work, and records that somebody, or some
 * version, wrote in another way.
 */
public final class OldFleet {

  private final Random random;
  private final Map<OldKind, Map<String, byte[]>> records = new EnumMap<>(OldKind.class);
  private final List<Odd> odd = new ArrayList<>();
  private final List<UUID> agents = new ArrayList<>();
  private UUID lastTask = new UUID(0, 0);

  /**
   * A record that is not as it should be, and what is to come of it.
   *
   * @param outcome refused or noted
   * @param reason the reason that the report has to give
   */
  public record Odd(String kind, String id, Outcome outcome, String reason) {}

  private OldFleet(long seed) {
    random = new Random(seed);
    for (OldKind kind : OldKind.values()) {
      records.put(kind, new LinkedHashMap<>());
    }
  }

  /**
   * A fleet without anything odd.
   *
   * @param seed what its ids follow from
   * @param tasks how many tasks it has
   */
  public static OldFleet regular(long seed, int tasks) {
    OldFleet fleet = new OldFleet(seed);
    fleet.addAgents(20);
    fleet.addTasks(tasks);
    fleet.addWorkflow();
    return fleet;
  }

  /** A fleet with everything that is known to be odd. */
  public static OldFleet odd() {
    OldFleet fleet = regular(7, 300);
    fleet.addOddAgents();
    fleet.addOddWorkflows();
    fleet.addOddTasks();
    return fleet;
  }

  /** Puts all of it into a Redis. */
  public void writeTo(LocalRedis redis) {
    try (Jedis jedis = redis.connect()) {
      records.forEach(
          (kind, values) -> {
            @SuppressWarnings("UndefinedEquals") // Never looked up.
            Map<byte[], byte[]> some = new LinkedHashMap<>();
            values.forEach(
                (id, value) -> {
                  some.put(id.getBytes(StandardCharsets.UTF_8), value);
                  if (some.size() == 1000) {
                    jedis.hset(kind.key().getBytes(StandardCharsets.UTF_8), some);
                    some.clear();
                  }
                });
            if (!some.isEmpty()) {
              jedis.hset(kind.key().getBytes(StandardCharsets.UTF_8), some);
            }
          });
    }
  }

  /** What is not as it should be. */
  public List<Odd> odds() {
    return odd;
  }

  /** How many records of a kind there are. */
  public int size(OldKind kind) {
    return of(kind).size();
  }

  private Map<String, byte[]> of(OldKind kind) {
    return Objects.requireNonNull(records.get(kind));
  }

  private UUID id() {
    return new UUID(random.nextLong(), random.nextLong());
  }

  private void add(OldKind kind, ObjectNode record) {
    of(kind)
        .put(
            record.get("id").stringValue(),
            OldRecords.dumps(record).getBytes(StandardCharsets.UTF_8));
  }

  private void addAgents(int count) {
    for (int i = 0; i < count; i++) {
      UUID id = id();
      agents.add(id);
      add(OldKind.AGENT, OldRecords.agent(id));
    }
  }

  /** Each agent has one at a time; the rest waits or has ended. */
  private void addTasks(int count) {
    for (int i = 0; i < count; i++) {
      UUID id = id();
      UUID agent = agents.get(i % agents.size());
      ObjectNode task =
          switch (i % 5) {
            case 0, 1 -> OldRecords.completed(id, agent);
            case 2 -> OldRecords.failed(id, agent);
            case 3 -> i < agents.size() ? OldRecords.running(id, agent) : OldRecords.task(id);
            default -> OldRecords.task(id);
          };
      if (i % 5 == 0) {
        lastTask = id;
      }
      if (i % 5 == 4) {
        task.withArray("dependencies").add(lastTask.toString());
      }
      if (i % 5 == 3 && i < agents.size()) {
        ObjectNode holder = OldRecords.agent(agent);
        holder.put("status", "busy").put("current_task", id.toString());
        add(OldKind.AGENT, holder);
      }
      task.put("priority", 1 + i % 5);
      add(OldKind.TASK, task);
    }
  }

  private void addWorkflow() {
    UUID workflow = id();
    List<UUID> tasks = List.of(id(), id(), id());
    add(OldKind.WORKFLOW, OldRecords.workflow(workflow, tasks));
    for (int i = 0; i < tasks.size(); i++) {
      UUID task = tasks.get(i);
      ObjectNode record =
          i == 0 ? OldRecords.completed(task, agents.getFirst()) : OldRecords.task(task);
      record.put("workflow_id", workflow.toString());
      if (i > 0) {
        record.withArray("dependencies").add(tasks.get(i - 1).toString());
      }
      add(OldKind.TASK, record);
    }
  }

  private void odd(OldKind kind, String id, String value, Outcome outcome, Reason reason) {
    odd(kind, id, value.getBytes(StandardCharsets.UTF_8), outcome, reason);
  }

  private void odd(OldKind kind, String id, byte[] value, Outcome outcome, Reason reason) {
    of(kind).put(id, value);
    odd.add(new Odd(kind.value(), id, outcome, reason.name()));
  }

  private void refused(OldKind kind, ObjectNode record, Reason reason) {
    String id = record.get("id").stringValue();
    odd(kind, id, OldRecords.dumps(record), Outcome.REFUSED, reason);
  }

  private void noted(OldKind kind, ObjectNode record, Reason reason) {
    String id = record.get("id").stringValue();
    odd(kind, id, OldRecords.dumps(record), Outcome.NOTED, reason);
  }

  private void addOddAgents() {
    OldKind kind = OldKind.AGENT;
    odd(kind, "agent-7", "{}", Outcome.REFUSED, Reason.BAD_ID);
    odd(kind, "0A9AB2C4-0000-7000-8000-00000000A001", "{}", Outcome.REFUSED, Reason.BAD_ID);
    UUID other = id();
    odd(
        kind,
        other.toString(),
        OldRecords.dumps(OldRecords.agent(id())),
        Outcome.REFUSED,
        Reason.OTHER_ID);
    odd(kind, id().toString(), "{\"id\": \"", Outcome.REFUSED, Reason.BAD_JSON);
    odd(kind, id().toString(), "[1, 2]", Outcome.REFUSED, Reason.BAD_JSON);
    odd(
        kind,
        id().toString(),
        new byte[] {'{', '"', (byte) 0xC3, '"', '}'},
        Outcome.REFUSED,
        Reason.BAD_JSON);
    refused(kind, OldRecords.agent(id()).put("status", "sleeping"), Reason.BAD_STATUS);
    refused(kind, OldRecords.agent(id()).put("endpoint", "ftp://10.0.0.7"), Reason.OUT_OF_BOUNDS);
    refused(
        kind,
        OldRecords.agent(id()).put("endpoint", "http://" + "a".repeat(500)),
        Reason.OUT_OF_BOUNDS);
    refused(kind, OldRecords.agent(id()).putNull("endpoint"), Reason.MISSING);
    refused(kind, OldRecords.agent(id()).put("type", ""), Reason.MISSING);
    refused(kind, OldRecords.agent(id()).put("last_seen", "yesterday"), Reason.BAD_TIME);
    refused(kind, OldRecords.agent(id()).put("name", "nul\u0000"), Reason.BAD_VALUE);
    noted(kind, OldRecords.agent(id()).put("name", "A1"), Reason.REPLACED);
    noted(kind, OldRecords.agent(id()).putNull("name"), Reason.REPLACED);
    noted(kind, OldRecords.agent(id()).put("name", "n".repeat(300)), Reason.CUT);
    noted(kind, OldRecords.agent(id()).put("last_seen", "2999-01-01 00:00:00"), Reason.REPLACED);
    ObjectNode few = OldRecords.agent(id());
    few.putArray("capabilities").add("x").add(7).add("java").add("java");
    noted(kind, few, Reason.REPLACED);
    ObjectNode many = OldRecords.agent(id());
    for (int i = 0; i < 60; i++) {
      many.withArray("capabilities").add("skill " + i);
    }
    noted(kind, many, Reason.CUT);
    UUID nan = id();
    odd(
        kind,
        nan.toString(),
        OldRecords.dumps(OldRecords.agent(nan)).replace("0.92", "NaN"),
        Outcome.NOTED,
        Reason.NOT_A_NUMBER);
  }

  private void addOddWorkflows() {
    OldKind kind = OldKind.WORKFLOW;
    odd(kind, "release", "{}", Outcome.REFUSED, Reason.BAD_ID);
    refused(kind, OldRecords.workflow(id(), List.of()).put("status", "draft"), Reason.BAD_STATUS);
    noted(kind, ended().putNull("user_id"), Reason.REPLACED);
    noted(kind, ended().put("configuration", "fast"), Reason.WRAPPED);
    noted(kind, ended().put("description", "d".repeat(6000)), Reason.CUT);
    noted(kind, ended().putNull("created_at"), Reason.REPLACED);
  }

  private ObjectNode ended() {
    return OldRecords.workflow(id(), List.of()).put("status", "completed");
  }

  private void addOddTasks() {
    OldKind kind = OldKind.TASK;
    UUID agent = agents.getFirst();
    odd(kind, "task_1", "{}", Outcome.REFUSED, Reason.BAD_ID);
    odd(
        kind,
        id().toString(),
        OldRecords.dumps(OldRecords.task(id())),
        Outcome.REFUSED,
        Reason.OTHER_ID);
    odd(kind, id().toString(), "{'id': None}", Outcome.REFUSED, Reason.BAD_JSON);
    odd(kind, id().toString(), "{\"id\": 1, \"id\": 2}", Outcome.REFUSED, Reason.BAD_JSON);
    ObjectNode stuck = OldRecords.task(id()).put("status", "stuck");
    refused(kind, stuck, Reason.BAD_STATUS);
    refused(kind, OldRecords.task(id()).putNull("status"), Reason.MISSING);
    refused(kind, OldRecords.task(id()).put("description", ""), Reason.MISSING);
    refused(kind, OldRecords.task(id()).put("created_at", "15.01.2024"), Reason.BAD_TIME);
    refused(kind, OldRecords.task(id()).put("created_at", 1_705_312_200), Reason.OUT_OF_BOUNDS);
    noted(kind, OldRecords.task(id()).putNull("created_at"), Reason.REPLACED);
    noted(kind, OldRecords.task(id()).put("description", "d".repeat(5001)), Reason.CUT);
    noted(kind, OldRecords.running(id(), id()), Reason.AGENT_MISSING);
    noted(kind, OldRecords.task(id()).put("status", "running"), Reason.AGENT_MISSING);
    noted(kind, OldRecords.completed(id(), id()), Reason.AGENT_MISSING);
    UUID away = id();
    add(OldKind.AGENT, OldRecords.agent(away).put("status", "offline"));
    noted(kind, OldRecords.running(id(), away), Reason.AGENT_MISSING);
    ObjectNode two = OldRecords.completed(id(), agent);
    two.withArray("assigned_agents").add(agents.getLast().toString());
    noted(kind, two, Reason.SEVERAL_AGENTS);
    noted(kind, OldRecords.completed(id(), agent).put("result", "fine"), Reason.WRAPPED);
    ObjectNode list = OldRecords.completed(id(), agent);
    list.putArray("result").add(1).add("two");
    noted(kind, list, Reason.WRAPPED);
    noted(kind, OldRecords.task(id()).put("input_data", "all of it"), Reason.WRAPPED);
    noted(kind, OldRecords.task(id()).put("priority", "highest"), Reason.REPLACED);
    noted(kind, OldRecords.task(id()).put("priority", 9), Reason.REPLACED);
    noted(kind, OldRecords.completed(id(), agent).putNull("completed_at"), Reason.REPLACED);
    noted(kind, OldRecords.failed(id(), agent).put("error", "e".repeat(6000)), Reason.CUT);
    addOddDependencies(stuck);
    noted(kind, OldRecords.task(id()).put("workflow_id", id().toString()), Reason.WORKFLOW_MISSING);
    UUID ended = id();
    UUID left = id();
    add(OldKind.WORKFLOW, OldRecords.workflow(ended, List.of(left)).put("status", "failed"));
    noted(kind, OldRecords.task(left).put("workflow_id", ended.toString()), Reason.WORKFLOW_ENDED);
    addOddValues();
  }

  private void addOddDependencies(ObjectNode stuck) {
    OldKind kind = OldKind.TASK;
    refused(kind, dependingOn(OldRecords.task(id()), id()), Reason.DEPENDENCY_MISSING);
    refused(
        kind,
        dependingOn(OldRecords.task(id()), UUID.fromString(stuck.get("id").stringValue())),
        Reason.DEPENDENCY_MISSING);
    noted(
        kind,
        dependingOn(OldRecords.completed(id(), agents.getFirst()), id()),
        Reason.DEPENDENCY_LEFT_OUT);
    UUID itself = id();
    refused(kind, dependingOn(OldRecords.task(itself), itself), Reason.DEPENDENCY_CIRCLE);
    UUID failed = id();
    add(kind, OldRecords.failed(failed, agents.getFirst()));
    ObjectNode doomed = dependingOn(OldRecords.task(id()), failed);
    noted(kind, doomed, Reason.DEPENDENCY_FAILED);
    noted(
        kind,
        dependingOn(OldRecords.task(id()), UUID.fromString(doomed.get("id").stringValue())),
        Reason.DEPENDENCY_FAILED);
  }

  private static ObjectNode dependingOn(ObjectNode task, UUID dependency) {
    task.withArray("dependencies").add(dependency.toString());
    return task;
  }

  private void addOddValues() {
    OldKind kind = OldKind.TASK;
    for (String number : List.of("NaN", "-Infinity")) {
      UUID nan = id();
      odd(
          kind,
          nan.toString(),
          OldRecords.dumps(OldRecords.task(nan)).replace("1.0", number),
          Outcome.NOTED,
          Reason.NOT_A_NUMBER);
    }
    for (String bad : List.of("1e400", "\"\\ud800\"", "\"\\u0000\"", "1" + "0".repeat(101))) {
      UUID id = id();
      odd(
          kind,
          id.toString(),
          OldRecords.dumps(OldRecords.task(id)).replace("1.0", bad),
          Outcome.REFUSED,
          Reason.BAD_VALUE);
    }
    UUID deep = id();
    odd(
        kind,
        deep.toString(),
        OldRecords.dumps(OldRecords.task(deep)).replace("1.0", "[".repeat(10) + "]".repeat(10)),
        Outcome.REFUSED,
        Reason.OUT_OF_BOUNDS);
    ObjectNode large = OldRecords.task(id());
    large.withObject("/input_data").put("text", "x".repeat(262_145));
    refused(kind, large, Reason.OUT_OF_BOUNDS);
  }
}
