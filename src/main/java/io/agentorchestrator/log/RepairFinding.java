package io.agentorchestrator.log;

import java.util.List;

/**
 * Something that table, topic and slot do not agree upon.
 *
 * @param kind what it is
 * @param weight what it means for the repair
 * @param count how often
 * @param message the same in words
 * @param examples a few of them
 */
public record RepairFinding(
    Kind kind, Weight weight, long count, String message, List<String> examples) {

  /** What may be found. */
  public enum Kind {
    /** The relay would not start; the message says why. */
    RELAY_REFUSED,
    /** Entries of the table that are not on the topic. */
    NOT_ON_TOPIC,
    /** Events of the topic that are not in the table. */
    NOT_IN_TABLE,
    /** Entries older than anything the topic still holds. */
    PAST_TOPIC_RETENTION,
    /** Events older than the table's oldest partition. */
    PAST_TABLE_RETENTION,
    /** Records of the topic that the relay did not write. */
    UNKNOWN_RECORDS,
    /** Entries that are on the topic more than once. */
    PUBLISHED_TWICE,
    /** Versions of an entity that are on the topic in another order. */
    OUT_OF_ORDER,
    /** Missing entries whose entities have later versions on the topic. */
    LATER_PUBLISHED,
    /** Versions or positions that table and topic have given to different entries. */
    FORKED,
    /** Versions that neither the table nor the topic has, though it has later ones. */
    FORGOTTEN_FOR_GOOD,
    /** A partition of the topic is empty, but was not. */
    TOPIC_CUT_OFF
  }

  /** What a finding means for the repair. */
  public enum Weight {
    /** It is what a repair mends. */
    MENDED,
    /** It is as it should be, and worth knowing. */
    NOTED,
    /** Nothing can undo it; going on takes {@link RepairOptions#force()}. */
    NEEDS_FORCE,
    /** It must be mended otherwise first. */
    STOPS
  }
}
