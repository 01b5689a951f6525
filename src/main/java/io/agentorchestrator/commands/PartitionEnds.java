package io.agentorchestrator.commands;

import io.agentorchestrator.topics.Brokers;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * Asks the brokers where partitions end now, and keeps nobody waiting for the answer.
 *
 * <p>A consumer could ask too, but one that reads committed records only is told where the first
 * open transaction begins, and never hears of what waits behind it.
 */
@Component
class PartitionEnds {

  /** An answer that takes longer is none; the next question may find another leader. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final Supplier<Admin> client;

  @Autowired
  PartitionEnds(Brokers brokers) {
    this(brokers::client);
  }

  PartitionEnds(Supplier<Admin> client) {
    this.client = client;
  }

  /**
   * Asks for the offset behind the last record of each partition, committed or not.
   *
   * @return an answer each, which comes or fails within 2 s
   * @throws KafkaException if nobody can be asked
   */
  Map<TopicPartition, CompletableFuture<Long>> ask(Set<TopicPartition> partitions) {
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    partitions.forEach(partition -> latest.put(partition, OffsetSpec.latest()));
    ListOffsetsResult result =
        client
            .get()
            .listOffsets(
                latest,
                new ListOffsetsOptions(IsolationLevel.READ_UNCOMMITTED)
                    .timeoutMs((int) PATIENCE.toMillis()));
    Map<TopicPartition, CompletableFuture<Long>> answers = new HashMap<>();
    for (TopicPartition partition : partitions) {
      answers.put(
          partition,
          result
              .partitionResult(partition)
              .toCompletionStage()
              .toCompletableFuture()
              .thenApply(ListOffsetsResultInfo::offset));
    }
    return answers;
  }
}
