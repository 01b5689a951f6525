package io.agentorchestrator.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.agentorchestrator.faults.FaultProxy.Direction;
import io.agentorchestrator.local.LocalKafka;
import io.agentorchestrator.local.LocalRunProcess;
import io.agentorchestrator.local.ReservedPort;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker in a JVM of its own, reached directly and through the proxy. */
@Tag("faults")
class FaultProxyKafkaIT {

  private static final String TOPIC = "through-the-proxy";
  private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);

  @Test
  void clientsComeThroughTheProxyAndGoOnAfterEachFault(@TempDir Path folder) throws Exception {
    try (ReservedPort direct = ReservedPort.take();
        ReservedPort behind = ReservedPort.take();
        FaultProxy proxy = FaultProxy.start(behind.number(), 1);
        LocalRunProcess broker =
            LocalRunProcess.startKafka(
                folder, direct.number(), new LocalKafka.Proxied(behind.number(), proxy.port()))) {
      createTopic(direct.number());
      try (KafkaProducer<String, String> around = producer(direct.number());
          KafkaProducer<String, String> producer = producer(proxy.port());
          KafkaConsumer<String, String> consumer = consumer(proxy.port())) {
        List<String> expected = new ArrayList<>();
        List<String> read = new ArrayList<>();
        send(producer, "passed", expected);
        awaitRead(consumer, read, expected);
        assertThat(proxy.connections()).isGreaterThanOrEqualTo(2);

        proxy.slice(500);
        send(producer, "sliced", expected);
        awaitRead(consumer, read, expected);

        assertThat(proxy.cut()).isPositive();
        send(producer, "after a cut", expected);
        awaitRead(consumer, read, expected);

        proxy.away();
        assertNotSent(producer);
        send(around, "around the proxy", expected);
        proxy.pass();
        awaitRead(consumer, read, expected);

        proxy.blackHole();
        assertNotSent(producer);
        send(around, "around the black hole", expected);
        proxy.pass();
        send(producer, "after the black hole", expected);
        awaitRead(consumer, read, expected);

        proxy.stall(Direction.TO_CLIENT);
        assertNotSent(producer);
        proxy.pass();
        expected.add("not acknowledged");
        awaitRead(consumer, read, expected);

        broker.kill();
        try (LocalRunProcess again =
            LocalRunProcess.startKafka(
                folder, direct.number(), new LocalKafka.Proxied(behind.number(), proxy.port()))) {
          assertThat(again.pid()).isNotEqualTo(broker.pid());
          send(producer, "after a kill", expected);
          awaitRead(consumer, read, expected);
        }
      }
    }
  }

  private static void createTopic(int port) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", "127.0.0.1:" + port))) {
      admin
          .createTopics(List.of(new NewTopic(TOPIC, Optional.of(1), Optional.empty())))
          .all()
          .get();
    }
  }

  /** Gives up soon. */
  private static KafkaProducer<String, String> producer(int port) {
    return new KafkaProducer<>(
        Map.of(
            "bootstrap.servers",
            "127.0.0.1:" + port,
            "enable.idempotence",
            false,
            "max.block.ms",
            2000,
            "request.timeout.ms",
            1000,
            "delivery.timeout.ms",
            2000,
            "reconnect.backoff.max.ms",
            100),
        new StringSerializer(),
        new StringSerializer());
  }

  private static KafkaConsumer<String, String> consumer(int port) {
    KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                "127.0.0.1:" + port,
                "request.timeout.ms",
                1000,
                "fetch.max.wait.ms",
                100,
                "reconnect.backoff.max.ms",
                100),
            new StringDeserializer(),
            new StringDeserializer());
    consumer.assign(List.of(PARTITION));
    consumer.seekToBeginning(List.of(PARTITION));
    return consumer;
  }

  private static void send(
      KafkaProducer<String, String> producer, String value, List<String> expected)
      throws Exception {
    producer.send(new ProducerRecord<>(TOPIC, value)).get(20, TimeUnit.SECONDS);
    expected.add(value);
  }

  private static void assertNotSent(KafkaProducer<String, String> producer) {
    assertThatThrownBy(
            () ->
                producer
                    .send(new ProducerRecord<>(TOPIC, "not acknowledged"))
                    .get(20, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(TimeoutException.class);
  }

  private static void awaitRead(
      KafkaConsumer<String, String> consumer, List<String> read, List<String> expected) {
    Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .until(
            () -> {
              consumer.poll(Duration.ofMillis(100)).forEach(record -> read.add(record.value()));
              return read.size() >= expected.size();
            });
    assertThat(read).isEqualTo(expected);
  }
}
