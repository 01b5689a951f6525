package io.agentorchestrator.stream;

import io.agentorchestrator.topics.Brokers;
import io.agentorchestrator.topics.TopicProperties;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Asks the brokers which topic the log is now, and where it ends. */
@Component
class LogEnds {

  /** An answer that takes longer is none. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Brokers brokers;
  private final String topic;

  /** What was asked and is not answered; null: nothing. */
  private @Nullable CompletableFuture<LogPosition> current;

  /** What is asked then, for all who came in between; null: nobody did. */
  private @Nullable CompletableFuture<LogPosition> next;

  LogEnds(Brokers brokers, TopicProperties topics) {
    this.brokers = brokers;
    this.topic = topics.log();
  }

  /**
   * Asks where the log ends now, for whoever reads committed events only: what is in a transaction
   * that is still open comes behind it. Those who come while a question is on its way share the
   * next one.
   *
   * @return an answer, which comes or fails within 20 s
   */
  synchronized CompletableFuture<LogPosition> ask() {
    if (current == null) {
      CompletableFuture<LogPosition> answer = new CompletableFuture<>();
      send(answer);
      return answer;
    }
    if (next == null) {
      next = new CompletableFuture<>();
    }
    return next;
  }

  private void send(CompletableFuture<LogPosition> answer) {
    current = answer;
    // Not on the client's own thread, which whoever closes the client waits for.
    question()
        .whenCompleteAsync(
            (end, failure) -> {
              sendNext();
              if (failure == null) {
                answer.complete(end);
              } else {
                answer.completeExceptionally(failure);
              }
            },
            Thread::startVirtualThread);
  }

  private synchronized void sendNext() {
    CompletableFuture<LogPosition> waiting = next;
    current = null;
    next = null;
    if (waiting != null) {
      send(waiting);
    }
  }

  private CompletionStage<LogPosition> question() {
    try {
      Admin client = brokers.client();
      DescribeTopicsOptions options =
          new DescribeTopicsOptions().timeoutMs((int) PATIENCE.toMillis());
      return Objects.requireNonNull(
              client.describeTopics(List.of(topic), options).topicNameValues().get(topic))
          .toCompletionStage()
          .thenCompose(description -> ends(client, description));
    } catch (KafkaException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private CompletionStage<LogPosition> ends(Admin client, TopicDescription description) {
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    description
        .partitions()
        .forEach(each -> latest.put(partition(each.partition()), OffsetSpec.latest()));
    return client
        .listOffsets(
            latest,
            new ListOffsetsOptions(IsolationLevel.READ_COMMITTED)
                .timeoutMs((int) PATIENCE.toMillis()))
        .all()
        .toCompletionStage()
        .thenApply(ends -> position(description, ends));
  }

  private LogPosition position(
      TopicDescription description, Map<TopicPartition, ListOffsetsResultInfo> ends) {
    long[] next = new long[ends.size()];
    for (int i = 0; i < next.length; i++) {
      next[i] = Objects.requireNonNull(ends.get(partition(i))).offset();
    }
    return LogPosition.of(description.topicId(), next);
  }

  private TopicPartition partition(int number) {
    return new TopicPartition(topic, number);
  }
}
