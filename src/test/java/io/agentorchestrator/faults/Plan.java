package io.agentorchestrator.faults;

import io.agentorchestrator.pipeline.Commands;
import io.agentorchestrator.schemas.Schemas;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What producers send, from a seed, and what has to come of each message: of a valid command one
 * thing, of its repetitions nothing, of what is no command a dead letter.
 *
 * <p>It is made of stories, each about an entity of its own and in the order of one key, so that
 * the outcome of each step is known beforehand, however the stories mix and whatever breaks
 * meanwhile.
 */
final class Plan {

  /**
   * A message.
   *
   * @param topic one of the command topics' names
   * @param key its record key
   * @param value its bytes
   * @param dead the reason it is to be found among the dead letters for; null for a command
   * @param tells whether something has to be told of it
   */
  @SuppressWarnings("ArrayRecordComponent") // Nobody compares or changes it.
  record Message(String topic, String key, byte[] value, @Nullable String dead, boolean tells) {

    /** One that is no command. */
    static Message unreadable(String topic, String key, byte[] value, String reason) {
      return new Message(topic, key, value, reason, true);
    }
  }

  /** Which messages are sent again later. */
  enum Repetitions {
    OF_ALL_COMMANDS,
    /** Not of those that change nothing: a database that is restored does not know them again. */
    OF_COMMANDS_THAT_TELL
  }

  /** The capability that tasks need which dispatch gives to the fleet. */
  static final String FLEET = "fleet";

  private static final String AGENTS = "orchestrator.commands.agents";
  private static final String TASKS = "orchestrator.commands.tasks";
  private static final String WORKFLOWS = "orchestrator.commands.workflows";

  private static final int HOLDERS = 20;
  private static final int FLEET_SIZE = 10;
  private static final int SLOTS = 100;

  private final Random random;
  private final Repetitions repetitions;
  private final List<UUID> holders = new ArrayList<>();
  private final List<ObjectNode> registrations = new ArrayList<>();
  private final List<UUID> reserve = new ArrayList<>();
  private final List<Message> messages = new ArrayList<>();

  /**
   * What each command, by its id, has to have told of its subject: the types of events; of a
   * refusal, the reason instead.
   */
  private final Map<String, List<String>> expected = new HashMap<>();

  /** What each command is about. */
  private final Map<String, String> subjects = new HashMap<>();

  /** How each task and workflow has to end. */
  private final Map<UUID, String> ends = new TreeMap<>();

  private final Set<UUID> forFleet = new HashSet<>();
  private final Set<UUID> failsFirst = new HashSet<>();
  private int holder;

  private Plan(long seed, Repetitions repetitions) {
    this.random = new Random(seed);
    this.repetitions = repetitions;
  }

  /**
   * Makes a plan.
   *
   * @param stories how many; each is about four messages, and there is room for 2,000 at a time
   */
  static Plan of(long seed, int stories, Repetitions repetitions) {
    Plan plan = new Plan(seed, repetitions);
    plan.populate();
    List<List<Message>> told = new ArrayList<>();
    for (int i = 0; i < stories; i++) {
      told.add(plan.story());
    }
    plan.mix(told);
    return plan;
  }

  /** To be applied before anything else. */
  List<ObjectNode> registrations() {
    return registrations;
  }

  List<Message> messages() {
    return messages;
  }

  Map<String, List<String>> expected() {
    return expected;
  }

  String subject(String command) {
    return subjects.getOrDefault(command, "");
  }

  Map<UUID, String> ends() {
    return ends;
  }

  /** Whether the fleet is to answer when this task is given to it. */
  boolean isForFleet(UUID task) {
    return forFleet.contains(task);
  }

  /** Whether the fleet is to fail this task at its first attempt, for then it is given again. */
  boolean failsFirst(UUID task) {
    return failsFirst.contains(task);
  }

  private void populate() {
    for (int i = 0; i < HOLDERS + FLEET_SIZE; i++) {
      UUID agent = id();
      boolean isHolder = i < HOLDERS;
      if (isHolder) {
        holders.add(agent);
      }
      ObjectNode command = Commands.registerAgent(agent, SLOTS, isHolder ? "by-hand" : FLEET);
      register(command, "agent.registered.v1");
      registrations.add(command);
    }
    for (int i = 0; i < 6; i++) {
      UUID agent = id();
      reserve.add(agent);
      ObjectNode command = Commands.registerAgent(agent, 1, "reserve");
      register(command, "agent.registered.v1");
      registrations.add(command);
    }
  }

  private List<Message> story() {
    int chance = random.nextInt(100);
    if (chance < 42) {
      return taskByHand();
    } else if (chance < 45) {
      return overdueTask();
    } else if (chance < 62) {
      return taskOfTheFleet();
    } else if (chance < 70) {
      return workflowOfTheFleet();
    } else if (chance < 77) {
      return workflowThatWaits();
    } else if (chance < 83) {
      return agent();
    } else if (chance < 88) {
      return bulk();
    }
    return poison();
  }

  private List<Message> taskByHand() {
    List<Message> story = new ArrayList<>();
    UUID task = id();
    UUID agent = holders.get(holder++ % HOLDERS);
    say(story, create(task, 0), "task.created.v1");
    if (random.nextInt(8) == 0) {
      say(story, create(task, 1), "ALREADY_EXISTS");
    }
    if (random.nextInt(6) == 0) {
      ends.put(task, "canceled");
      say(story, Commands.cancel(task), "task.canceled.v1");
      say(story, Commands.assign(task, agent), "INVALID_STATE");
      return story;
    }
    say(story, Commands.assign(task, agent), "task.assigned.v1");
    if (random.nextBoolean()) {
      say(story, Commands.word("task.start.v1", task, agent, 1), "task.started.v1");
    } else if (random.nextBoolean()) {
      say(story, progress(task, agent, 0.01), "task.progressed.v1");
    } else {
      say(
          story,
          Commands.word("task.progress.v1", task, agent, 1, Map.of("status", "input_required")),
          "task.started.v1",
          "task.progressed.v1");
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      say(story, progress(task, agent, 1.0 / (1 + i)), "task.progressed.v1");
    }
    if (random.nextInt(6) == 0) {
      say(story, Commands.word("task.complete.v1", task, agent, 2), "INVALID_STATE");
    }
    if (random.nextInt(5) == 0) {
      ends.put(task, "failed");
      say(story, Commands.fail(task, agent, 1, false), "task.failed.v1");
    } else {
      ends.put(task, "completed");
      ObjectNode complete =
          Commands.word(
              "task.complete.v1", task, agent, 1, Map.of("result", Map.of("n", random.nextInt())));
      say(story, complete, "task.completed.v1");
      if (random.nextInt(6) == 0) {
        reuse(story, complete, Commands.cancel(task));
      }
    }
    return story;
  }

  private ObjectNode create(UUID task, int n) {
    return Commands.createTask(task, Map.of("input", Map.of("n", n, "noise", random.nextLong())));
  }

  private static ObjectNode progress(UUID task, UUID agent, double progress) {
    return Commands.word("task.progress.v1", task, agent, 1, Map.of("progress", progress));
  }

  /** Nobody says anything of it, so a timer ends it. */
  private List<Message> overdueTask() {
    List<Message> story = new ArrayList<>();
    UUID task = id();
    ends.put(task, "failed");
    say(
        story,
        Commands.createTask(task, Map.of("timeout_seconds", 1, "max_retries", 0)),
        "task.created.v1");
    say(story, Commands.assign(task, holders.get(holder++ % HOLDERS)), "task.assigned.v1");
    return story;
  }

  private List<Message> taskOfTheFleet() {
    List<Message> story = new ArrayList<>();
    UUID task = id();
    forFleet.add(task);
    if (random.nextInt(5) == 0) {
      failsFirst.add(task);
    }
    ends.put(task, "completed");
    say(
        story,
        Commands.autoTask(task, Map.of("priority", 1 + random.nextInt(5)), FLEET),
        "task.created.v1");
    return story;
  }

  private List<Message> workflowOfTheFleet() {
    List<Message> story = new ArrayList<>();
    UUID workflow = id();
    ends.put(workflow, "completed");
    List<ObjectNode> tasks = new ArrayList<>();
    UUID before = null;
    for (int i = 0; i < 3; i++) {
      UUID task = id();
      forFleet.add(task);
      ends.put(task, "completed");
      tasks.add(
          before == null
              ? Commands.workflowTask(task, FLEET)
              : Commands.workflowTask(task, FLEET, before));
      before = task;
    }
    say(story, Commands.createWorkflow(workflow, Map.of(), tasks), "workflow.created.v1");
    return story;
  }

  /** Nobody can do its tasks, so nothing happens but by command. */
  private List<Message> workflowThatWaits() {
    List<Message> story = new ArrayList<>();
    UUID workflow = id();
    UUID task = id();
    ends.put(workflow, "canceled");
    ends.put(task, "canceled");
    say(
        story,
        Commands.createWorkflow(
            workflow, Map.of(), List.of(Commands.workflowTask(task, "what-nobody-can"))),
        "workflow.created.v1");
    say(story, onWorkflow("workflow.resume.v1", workflow), "INVALID_STATE");
    say(story, onWorkflow("workflow.pause.v1", workflow), "workflow.paused.v1");
    say(story, onWorkflow("workflow.resume.v1", workflow), "workflow.resumed.v1");
    say(story, onWorkflow("workflow.cancel.v1", workflow), "workflow.canceled.v1");
    return story;
  }

  private static ObjectNode onWorkflow(String type, UUID workflow) {
    return Commands.command(type, workflow, Map.of("reason", "Because."));
  }

  private List<Message> agent() {
    List<Message> story = new ArrayList<>();
    UUID agent = id();
    say(story, Commands.registerAgent(agent, 1, "spare"), "agent.registered.v1");
    say(story, Commands.registerAgent(agent, 2, "spare"), "agent.updated.v1");
    say(story, Commands.registerAgent(agent, 2, "spare")); // Which changes nothing.
    say(
        story,
        Commands.command("agent.deregister.v1", agent, Map.of("reason", "Bye.")),
        "agent.deregistered.v1");
    say(story, Commands.heartbeat(agent), "INVALID_STATE");
    say(story, Commands.heartbeat(holders.get(random.nextInt(HOLDERS))));
    say(story, Commands.heartbeat(id()), "NOT_FOUND");
    return story;
  }

  private List<Message> bulk() {
    List<Message> story = new ArrayList<>();
    String operation = random.nextBoolean() ? "activate" : "deactivate";
    String mode = random.nextBoolean() ? "atomic" : "best_effort";
    ObjectNode command = Commands.bulk(operation, mode, reserve);
    command.put("subject", id().toString());
    say(story, command, "agents.bulk-completed.v1");
    return story;
  }

  private List<Message> poison() {
    List<Message> story = new ArrayList<>();
    ObjectNode command = Commands.createTask(id());
    String key = command.get("subject").stringValue();
    int kind = random.nextInt(20);
    if (kind < 6) {
      byte[] half = ("{\"specversion\":\"1.0\",\"id\":\"" + id()).getBytes(StandardCharsets.UTF_8);
      story.add(Message.unreadable(anyTopic(), key, half, "MALFORMED"));
    } else if (kind < 10) {
      command.put("type", "task.bake.v1");
      story.add(dead(TASKS, key, command, "UNKNOWN_TYPE"));
    } else if (kind < 13) {
      story.add(dead(WORKFLOWS, key, command, "UNKNOWN_TYPE"));
    } else if (kind < 19) {
      ((ObjectNode) command.get("data")).put("priority", 6 + random.nextInt(100));
      story.add(dead(TASKS, key, command, "SCHEMA_VIOLATION"));
    } else {
      ((ObjectNode) command.get("data")).put("description", "x".repeat(1_500_000));
      story.add(dead(TASKS, key, command, "TOO_LARGE"));
    }
    return story;
  }

  private Message dead(String topic, String key, ObjectNode command, String reason) {
    register(command, "command.dead-lettered.v1");
    return Message.unreadable(topic, key, Schemas.JSON.writeValueAsBytes(command), reason);
  }

  private String anyTopic() {
    return List.of(AGENTS, TASKS, WORKFLOWS).get(random.nextInt(3));
  }

  private void say(List<Message> story, ObjectNode command, String... told) {
    register(command, told);
    add(story, command);
  }

  /** Sends another content under the id of a command: once it is refused, then it is known. */
  private void reuse(List<Message> story, ObjectNode owner, ObjectNode other) {
    String id = owner.get("id").stringValue();
    other.put("id", id);
    expected.put(id, List.of("task.completed.v1", "ALREADY_EXISTS"));
    add(story, other);
    add(story, other);
  }

  private void register(ObjectNode command, String... told) {
    String id = id().toString();
    command.put("id", id);
    expected.put(id, List.of(told));
    subjects.put(id, command.get("subject").stringValue());
  }

  private void add(List<Message> story, ObjectNode command) {
    String type = command.get("type").stringValue();
    String topic = type.startsWith("agent") ? AGENTS : type.startsWith("task") ? TASKS : WORKFLOWS;
    story.add(
        new Message(
            topic,
            command.get("subject").stringValue(),
            Schemas.JSON.writeValueAsBytes(command),
            null,
            !expected.getOrDefault(command.get("id").stringValue(), List.of()).isEmpty()));
  }

  /** Lets the stories run into each other, and has every tenth message sent again later. */
  private void mix(List<List<Message>> stories) {
    List<List<Message>> open = new ArrayList<>();
    List<Message> again = new ArrayList<>();
    int next = 0;
    while (next < stories.size() || !open.isEmpty()) {
      while (open.size() < 60 && next < stories.size()) {
        open.add(new ArrayList<>(stories.get(next++)));
      }
      List<Message> story = open.get(random.nextInt(open.size()));
      Message message = story.removeFirst();
      messages.add(message);
      if (story.isEmpty()) {
        open.remove(story);
      }
      if (isRepeatable(message) && random.nextInt(10) == 0) {
        again.add(message);
      }
      if (again.size() > 20) {
        messages.add(again.remove(random.nextInt(again.size())));
      }
    }
    messages.addAll(again);
  }

  private boolean isRepeatable(Message message) {
    return message.dead() == null
        && (message.tells() || repetitions == Repetitions.OF_ALL_COMMANDS);
  }

  private UUID id() {
    return new UUID(random.nextLong(), random.nextLong());
  }
}
