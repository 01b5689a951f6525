package io.agentorchestrator.deadletters;

import java.util.Comparator;

/**
 * Where a record stands.
 *
 * @param topic its topic
 * @param partition its partition, from 0
 * @param offset its offset there, from 0
 */
public record Place(String topic, int partition, long offset) implements Comparable<Place> {

  private static final Comparator<Place> ORDER =
      Comparator.comparing(Place::topic)
          .thenComparingInt(Place::partition)
          .thenComparingLong(Place::offset);

  @Override
  public int compareTo(Place other) {
    return ORDER.compare(this, other);
  }

  /** Returns the place within its topic, as operators write it: {@code partition:offset}. */
  public String withinTopic() {
    return partition + ":" + offset;
  }

  @Override
  public String toString() {
    return topic + " " + withinTopic();
  }
}
