package io.agentorchestrator.topics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.internals.KafkaFutureImpl;
import org.junit.jupiter.api.Test;

class KafkaWatchTest {

  @Test
  void findsNothingWrongWithTopicsThatAreLed() throws Exception {
    assertThat(KafkaWatch.problems(Map.of("log", topic(0, 3)))).isEmpty();
  }

  @Test
  void namesTopicsWithPartitionsThatNobodyLeads() throws Exception {
    assertThat(KafkaWatch.problems(Map.of("log", topic(1, 3))))
        .containsExactly("1 of 3 partitions of the topic log have no leader.");
  }

  @Test
  void namesTopicsThatAreNotThereOrNotForTheWorker() throws Exception {
    assertThat(
            KafkaWatch.problems(
                Map.of(
                    "a", failed(new UnknownTopicOrPartitionException("a")),
                    "b", failed(new TopicAuthorizationException("b")))))
        .containsExactlyInAnyOrder("There is no topic a.", "Kafka refuses access to the topic b.");
  }

  @Test
  void saysNoMoreOfTopicsIfNobodyAnswers() {
    assertThatThrownBy(
            () ->
                KafkaWatch.problems(
                    Map.of(
                        "log", failed(new org.apache.kafka.common.errors.TimeoutException("2 s")))))
        .isInstanceOf(TimeoutException.class);
  }

  private static KafkaFuture<TopicDescription> topic(int headless, int partitions) {
    Node broker = new Node(1, "127.0.0.1", 9092);
    List<TopicPartitionInfo> infos =
        IntStream.range(0, partitions)
            .mapToObj(
                i ->
                    new TopicPartitionInfo(
                        i, i < headless ? Node.noNode() : broker, List.of(broker), List.of()))
            .toList();
    return KafkaFuture.completedFuture(new TopicDescription("log", false, infos));
  }

  private static KafkaFuture<TopicDescription> failed(Exception failure) {
    KafkaFutureImpl<TopicDescription> future = new KafkaFutureImpl<>();
    future.completeExceptionally(failure);
    return future;
  }
}
