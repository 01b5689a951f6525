package io.agentorchestrator.log;

import io.agentorchestrator.log.TopicScan.Range;
import io.agentorchestrator.topics.TopicProperties;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * Reads where a predecessor stopped publishing, to the very end of the checkpoint topic.
 *
 * <p>Right only after the predecessor was fenced: before, a transaction of its own may still commit
 * behind what was read, and events would be published twice.
 */
final class CheckpointTopic {

  /** How much of the topic's end is looked at first; nearly always that has it. */
  private static final int TAIL = 1000;

  private static final int PARTITION = 0;

  private final byte[] slot;
  private final TopicScan topic;

  CheckpointTopic(TopicProperties topics, String slot, Map<String, Object> connection) {
    this.slot = slot.getBytes(StandardCharsets.UTF_8);
    this.topic = new TopicScan(topics.relayCheckpoint(), slot + "-relay-checkpoint", connection);
  }

  /**
   * Returns the last checkpoint of the slot, or empty if there is none.
   *
   * @throws KafkaException if Kafka cannot be reached, or somebody's transaction stays open
   */
  Optional<RelayCheckpoint> read() {
    Range all = topic.all();
    long first = all.from().getOrDefault(PARTITION, 0L);
    long end = all.to().getOrDefault(PARTITION, 0L);
    long tail = Math.max(first, end - TAIL);
    byte[] found = lastOfSlot(tail, end);
    if (found == null && tail > first) {
      found = lastOfSlot(first, end);
    }
    return RelayCheckpoint.ofJson(found);
  }

  private byte @Nullable [] lastOfSlot(long from, long end) {
    byte[][] last = new byte[1][];
    topic.read(
        new Range(Map.of(PARTITION, from), Map.of(PARTITION, end)),
        message -> {
          if (Arrays.equals(slot, message.key())) {
            last[0] = message.value();
          }
          return true;
        });
    return last[0];
  }
}
