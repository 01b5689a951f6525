package io.agentorchestrator.pipeline;

import io.agentorchestrator.pipeline.SimulatedFleet.Given;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/** Agents of many moods, until they are told to be reliable. */
final class RandomFleet {

  static final List<String> CAPABILITIES = List.of("java", "go", "rust");

  private static final int AGENTS = 10;

  private final long seed;
  private final List<UUID> agents = new ArrayList<>();
  private final Map<UUID, ObjectNode> stated = new HashMap<>();
  private final Set<UUID> silent = ConcurrentHashMap.newKeySet();
  private final List<Given> past = Collections.synchronizedList(new ArrayList<>());
  private final Consumer<ObjectNode> said;
  private volatile boolean reliable;

  /**
   * A fleet that nobody knows yet.
   *
   * @param said is told of what agents answer, before they do
   */
  RandomFleet(long seed, Consumer<ObjectNode> said) {
    this.seed = seed;
    this.said = said;
    Random random = new Random(~seed);
    for (int i = 0; i < AGENTS; i++) {
      agents.add(new UUID(random.nextLong(), random.nextLong()));
    }
  }

  List<UUID> agents() {
    return agents;
  }

  UUID any(Random random) {
    return agents.get(random.nextInt(AGENTS));
  }

  boolean isSilent(UUID agent) {
    return silent.contains(agent);
  }

  /** What agents say of themselves now and then. */
  List<ObjectNode> step(Random random) {
    UUID agent = any(random);
    int chance = random.nextInt(100);
    if (chance < 3 && !silent.isEmpty()) {
      return List.of(comeBack(random));
    } else if (silent.contains(agent)) {
      return List.of();
    } else if (chance < 9 && silent.size() < AGENTS / 2) {
      silent.add(agent);
      return List.of();
    } else if (chance < 15) {
      return List.of(Commands.command("agent.deregister.v1", agent, Map.of("reason", "Bye.")));
    } else if (chance < 40 || !stated.containsKey(agent)) {
      return List.of(state(agent, random));
    } else if (chance < 75) {
      return heartbeats();
    }
    return lateWord(random);
  }

  private ObjectNode comeBack(Random random) {
    List<UUID> asleep = agents.stream().filter(silent::contains).toList();
    UUID awake = asleep.get(random.nextInt(asleep.size()));
    silent.remove(awake);
    return random.nextBoolean() ? Commands.heartbeat(awake) : state(awake, random);
  }

  /** All who are not silent say that they are there. */
  List<ObjectNode> heartbeats() {
    return agents.stream()
        .filter(agent -> stated.containsKey(agent) && !silent.contains(agent))
        .map(Commands::heartbeat)
        .toList();
  }

  /** States an agent anew, or says the same again. */
  private ObjectNode state(UUID agent, Random random) {
    ObjectNode before = stated.get(agent);
    ObjectNode command =
        Commands.registerAgent(agent, 1 + random.nextInt(5), capabilities(random, 1));
    ObjectNode data = (ObjectNode) command.get("data");
    data.put("lease_seconds", random.nextInt(3) == 0 ? 0 : 10 + random.nextInt(21));
    if (before != null && random.nextBoolean()) {
      command.set("data", before);
    } else {
      stated.put(agent, data);
    }
    return command;
  }

  /** Some word about a task that was given to an agent some time ago. */
  private List<ObjectNode> lateWord(Random random) {
    if (past.isEmpty()) {
      return List.of();
    }
    Given given = past.get(random.nextInt(past.size()));
    return silent.contains(given.agent())
        ? List.of()
        : List.of(word(random, given.task(), given.agent(), given.attempt()));
  }

  static ObjectNode word(Random random, UUID task, UUID agent, int attempt) {
    int chance = random.nextInt(100);
    if (chance < 20) {
      return Commands.word("task.start.v1", task, agent, attempt);
    } else if (chance < 40) {
      return Commands.word(
          "task.progress.v1", task, agent, attempt, Map.of("progress", random.nextDouble()));
    } else if (chance < 50) {
      return Commands.word(
          "task.progress.v1", task, agent, attempt, Map.of("status", "input_required"));
    } else if (chance < 80) {
      return Commands.word("task.complete.v1", task, agent, attempt, Map.of("result", Map.of()));
    }
    return Commands.fail(task, agent, attempt, chance < 95);
  }

  /** At least so many of the capabilities, in no order. */
  static String[] capabilities(Random random, int atLeast) {
    List<String> some = new ArrayList<>(CAPABILITIES);
    Collections.shuffle(some, random);
    return some.subList(0, atLeast + random.nextInt(CAPABILITIES.size() + 1 - atLeast))
        .toArray(String[]::new);
  }

  /** From now on each agent can do anything, is there for good and completes all it is given. */
  List<ObjectNode> becomeReliable() {
    reliable = true;
    silent.clear();
    return agents.stream()
        .map(each -> Commands.registerAgent(each, 5, CAPABILITIES.toArray(String[]::new)))
        .toList();
  }

  /** What an agent says to a task that it finds in its mailbox: the same for the same attempt. */
  List<ObjectNode> answer(Given given) {
    List<ObjectNode> words;
    if (reliable) {
      words = SimulatedFleet.complete(given);
    } else {
      past.add(given);
      words = silent.contains(given.agent()) ? List.of() : moody(given);
    }
    words.forEach(said);
    return words;
  }

  private List<ObjectNode> moody(Given given) {
    UUID task = given.task();
    UUID agent = given.agent();
    int attempt = given.attempt();
    Random random = new Random(seed ^ (31 * task.getLeastSignificantBits() + attempt));
    int chance = random.nextInt(100);
    ObjectNode start = Commands.word("task.start.v1", task, agent, attempt);
    ObjectNode complete = Commands.word("task.complete.v1", task, agent, attempt);
    ObjectNode progress =
        Commands.word("task.progress.v1", task, agent, attempt, Map.of("progress", 0.5));
    if (chance < 12) {
      return List.of(); // And never will.
    } else if (chance < 24) {
      return List.of(start);
    } else if (chance < 45) {
      return List.of(start, complete);
    } else if (chance < 60) {
      return List.of(start, progress, complete);
    } else if (chance < 70) {
      return List.of(complete);
    } else if (chance < 88) {
      return List.of(start, Commands.fail(task, agent, attempt, true));
    } else if (chance < 91) {
      return List.of(Commands.fail(task, agent, attempt, false));
    }
    return List.of(
        Commands.word(
            "task.progress.v1", task, agent, attempt, Map.of("status", "input_required")));
  }
}
