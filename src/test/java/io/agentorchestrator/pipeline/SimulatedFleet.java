package io.agentorchestrator.pipeline;

import io.agentorchestrator.local.Site;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Agents that read their mailbox and answer each task they are given with a command. */
public final class SimulatedFleet implements AutoCloseable {

  /** A task as the mailbox names it to its agent. */
  public record Given(UUID task, UUID agent, int attempt) {}

  private final Site site;
  private final Function<Given, List<ObjectNode>> answer;
  private final KafkaProducer<byte[], byte[]> producer;
  private final Thread thread;
  private volatile boolean running = true;
  private volatile @Nullable Exception failure;

  /**
   * Starts the fleet.
   *
   * @param answer what an agent says to a task it is given, at once
   */
  public SimulatedFleet(Site site, Function<Given, List<ObjectNode>> answer) {
    this.site = site;
    this.answer = answer;
    this.producer = Pipeline.patientProducer(site);
    this.thread = Thread.ofPlatform().name("fleet").start(this::run);
  }

  /** Completes the task. */
  static List<ObjectNode> complete(Given given) {
    return List.of(Commands.word("task.complete.v1", given.task(), given.agent(), given.attempt()));
  }

  private void run() {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                site.servers().bootstrapServers(),
                "isolation.level",
                "read_committed",
                "fetch.max.wait.ms",
                10),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      String topic = site.topic("orchestrator.assignments");
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(each -> new TopicPartition(topic, each.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (running) {
        consumer.poll(Duration.ofMillis(100)).forEach(this::hear);
      }
    }
  }

  private void hear(ConsumerRecord<byte[], byte[]> record) {
    Header type = record.headers().lastHeader("ce_type");
    if ("task.assigned.v1".equals(new String(type.value(), StandardCharsets.UTF_8))) {
      Event event = Event.of(record);
      Given given =
          new Given(
              UUID.fromString(event.json().get("subject").stringValue()),
              UUID.fromString(event.json().get("agentid").stringValue()),
              event.changes().get("attempt").intValue());
      answer.apply(given).forEach(this::send);
    }
  }

  /** Not waited for, but a failure is kept for {@link #close}. */
  private void send(ObjectNode command) {
    Future<?> unused =
        producer.send(
            Pipeline.record(site, command),
            (metadata, exception) -> {
              if (exception != null) {
                failure = exception;
              }
            });
  }

  @Override
  public void close() {
    running = false;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    producer.close();
    if (failure != null) {
      throw new IllegalStateException("an agent's word was not sent", failure);
    }
  }
}
