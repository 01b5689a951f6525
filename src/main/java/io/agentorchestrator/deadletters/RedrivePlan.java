package io.agentorchestrator.deadletters;

import io.agentorchestrator.messages.Redrive;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What of a selection is to be re-driven, and in which order: those of one key on one topic stand
 * behind each other as they first stood on that topic, however they came to be dead letters.
 *
 * <p>Gathered one by one; what it holds of each is small and without the value.
 */
public final class RedrivePlan {

  private final Set<String> commandTopics;
  private final Map<Place, DeadLetter> byRefusal = new LinkedHashMap<>();
  private final List<RedriveResult> leftOut = new ArrayList<>();

  /** The dead letter that each became, of those that were re-driven and came back. */
  private final Map<Place, Place> cameBackAs = new HashMap<>();

  /**
   * Begins a plan.
   *
   * @param commandTopics the topics whose records the worker reads as commands
   */
  public RedrivePlan(Set<String> commandTopics) {
    this.commandTopics = commandTopics;
  }

  /** Takes note of a dead letter that exists, selected or not. */
  public void see(DeadLetter deadLetter) {
    Redrive before = deadLetter.redrive();
    if (before != null) {
      cameBackAs.put(
          new Place(before.topic(), before.partition(), before.offset()), deadLetter.at());
    }
  }

  /** Selects a dead letter. */
  public void select(DeadLetter deadLetter) {
    String obstacle = deadLetter.obstacle(commandTopics);
    Place refused = deadLetter.refused();
    if (obstacle != null || refused == null) {
      leftOut.add(RedriveResult.notSent(deadLetter, "Cannot be re-driven: " + obstacle + "."));
      return;
    }
    DeadLetter same = byRefusal.putIfAbsent(refused, deadLetter);
    if (same != null && !same.at().equals(deadLetter.at())) {
      leftOut.add(
          RedriveResult.skipped(
              deadLetter, "The same record as %s.".formatted(same.at().withinTopic())));
    }
  }

  /** How many dead letters were selected, whatever is to become of them. */
  public int size() {
    return byRefusal.size() + leftOut.size();
  }

  /** Returns what will not be re-driven, and why. */
  public List<RedriveResult> leftOut() {
    List<RedriveResult> all = new ArrayList<>(leftOut);
    for (DeadLetter each : byRefusal.values()) {
      Place later = cameBackAs.get(each.at());
      if (later != null) {
        all.add(
            RedriveResult.skipped(
                each, "Was re-driven before, and came back as %s.".formatted(later.withinTopic())));
      }
    }
    return all;
  }

  /** Returns what will be re-driven, a queue for each key, oldest keys first. */
  public List<Deque<DeadLetter>> lanes() {
    Map<Object, List<DeadLetter>> lanes = new LinkedHashMap<>();
    for (DeadLetter each : byRefusal.values()) {
      if (!cameBackAs.containsKey(each.at())) {
        lanes.computeIfAbsent(each.lane(), lane -> new ArrayList<>()).add(each);
      }
    }
    List<Deque<DeadLetter>> queues = new ArrayList<>();
    for (List<DeadLetter> lane : lanes.values()) {
      lane.sort(Comparator.comparing(each -> Objects.requireNonNull(each.origin())));
      queues.add(new ArrayDeque<>(lane));
    }
    return queues;
  }
}
