package io.agentorchestrator.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.agentorchestrator.commands.Decoded.Unreadable;
import io.agentorchestrator.messages.ContentDigest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.KafkaTemplate;

class DeadLettersTest {

  private static final int MEBIBYTE = 1024 * 1024;

  private final MockProducer<byte[], byte[]> producer =
      new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
  private final DeadLetters deadLetters = deadLetters(producer);

  private static DeadLetters deadLetters(MockProducer<byte[], byte[]> producer) {
    return new DeadLetters(
        new KafkaTemplate<>(
            new DefaultKafkaProducerFactory<byte[], byte[]>(Map.of()) {
              @Override
              protected Producer<byte[], byte[]> createRawProducer(Map<String, Object> settings) {
                return producer;
              }
            }),
        Records.topics());
  }

  @Test
  void leavesTheValueBehindWhereTheTopicHoldsLess() {
    AtomicInteger refused = new AtomicInteger();
    MockProducer<byte[], byte[]> smallTopic =
        new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer()) {
          @Override
          public synchronized Future<RecordMetadata> send(
              ProducerRecord<byte[], byte[]> record, @Nullable Callback callback) {
            if (record.value() != null) {
              refused.incrementAndGet();
              Objects.requireNonNull(callback)
                  .onCompletion(null, new RecordTooLargeException("over 1 MiB"));
              return CompletableFuture.failedFuture(new RecordTooLargeException("over 1 MiB"));
            }
            return super.send(record, callback);
          }
        };
    byte[] value = new byte[2 * MEBIBYTE];

    deadLetters(smallTopic)
        .send(List.of(received(null, value, new RecordHeaders(), "value: too large")));

    ProducerRecord<byte[], byte[]> kept = smallTopic.history().getFirst();
    assertThat(refused).hasValue(1);
    assertThat(kept.value()).isNull();
    assertThat(header(kept, "dlt_truncated")).isEqualTo("true");
    assertThat(header(kept, "dlt_sha256")).isEqualTo(ContentDigest.of(value).hex());
  }

  @Test
  void keepsTheRecordByteForByteWithTheReason() {
    byte[] key = {1, 0, (byte) 0xff};
    byte[] value = {(byte) 0xc3, 0, 1};
    RecordHeaders headers = new RecordHeaders();
    headers.add("ce_id", bytes("1"));
    headers.add("ce_id", new byte[] {(byte) 0xff});
    headers.add("none", null);

    deadLetters.send(List.of(received(key, value, headers, "data.name: expected a string")));

    ProducerRecord<byte[], byte[]> sent = only();
    assertThat(sent.topic()).isEqualTo("orchestrator.commands.dead-letter");
    assertThat(sent.partition()).isNull();
    assertThat(sent.key()).isEqualTo(key);
    assertThat(sent.value()).isEqualTo(value);
    Header[] all = sent.headers().toArray();
    assertThat(Arrays.copyOf(all, 3)).isEqualTo(headers.toArray());
    assertThat(Arrays.stream(all).skip(3).map(Header::key))
        .containsExactly("dlt_reason", "dlt_message", "dlt_topic", "dlt_partition", "dlt_offset");
    assertThat(header(sent, "dlt_reason")).isEqualTo("SCHEMA_VIOLATION");
    assertThat(header(sent, "dlt_message")).isEqualTo("data.name: expected a string");
    assertThat(header(sent, "dlt_topic")).isEqualTo("orchestrator.commands.tasks");
    assertThat(header(sent, "dlt_partition")).isEqualTo("7");
    assertThat(header(sent, "dlt_offset")).isEqualTo("4711");
  }

  @Test
  void keepsARecordWithoutKeyAndValue() {
    deadLetters.send(List.of(received(null, null, new RecordHeaders(), "value: expected")));

    assertThat(only().key()).isNull();
    assertThat(only().value()).isNull();
    assertThat(header(only(), "dlt_truncated")).isNull();
  }

  @Test
  void keepsAValueOfSixMebibytes() {
    deadLetters.send(List.of(received(new byte[6 * MEBIBYTE])));

    assertThat(only().value()).hasSize(6 * MEBIBYTE);
    assertThat(header(only(), "dlt_truncated")).isNull();
    assertThat(header(only(), "dlt_sha256")).isNull();
  }

  @Test
  void leavesOutALargerValueButItsDigest() {
    byte[] value = new byte[6 * MEBIBYTE + 1];
    RecordHeaders headers = new RecordHeaders();
    headers.add("ce_id", bytes("1"));

    deadLetters.send(List.of(received(bytes("key"), value, headers, "value: expected")));

    assertThat(only().value()).isNull();
    assertThat(only().key()).isEqualTo(bytes("key"));
    assertThat(header(only(), "ce_id")).isEqualTo("1");
    assertThat(header(only(), "dlt_truncated")).isEqualTo("true");
    assertThat(header(only(), "dlt_sha256")).isEqualTo(ContentDigest.of(value).hex());
  }

  @Test
  void leavesOutHeadersThatWouldNotFit() {
    RecordHeaders headers = new RecordHeaders();
    headers.add("large", new byte[2 * MEBIBYTE]);

    deadLetters.send(List.of(received(null, bytes("value"), headers, "value: expected")));

    assertThat(only().headers().lastHeader("large")).isNull();
    assertThat(only().value()).isEqualTo(bytes("value"));
    assertThat(header(only(), "dlt_truncated")).isEqualTo("true");
    assertThat(header(only(), "dlt_sha256")).isNull();
  }

  @Test
  void boundsTheMessage() {
    deadLetters.send(List.of(received(null, null, new RecordHeaders(), "😀".repeat(1001))));

    assertThat(header(only(), "dlt_message")).isEqualTo("😀".repeat(1000));
  }

  @Test
  void sendsTheUnreadableAloneInTheirOrder() {
    ConsumerRecord<byte[], byte[]> command =
        Records.structured("orchestrator.commands.agents", Records.heartbeat());
    Decoded valid = new CommandDecoder(Records.topics()).decode(command);
    assertThat(valid).isInstanceOf(Decoded.Valid.class);

    deadLetters.send(
        List.of(
            received(bytes("1")),
            new ReceivedRecord(command, valid, CommandSpan.NONE),
            received(bytes("2")),
            received(bytes("3"))));

    assertThat(producer.history())
        .extracting(ProducerRecord::value)
        .containsExactly(bytes("1"), bytes("2"), bytes("3"));
  }

  @Test
  void doesNotRepeatItselfWhileTheSamePollWaits() {
    ReceivedRecord one = received(bytes("1"));

    deadLetters.send(List.of(one));
    deadLetters.send(
        List.of(
            new ReceivedRecord(one.record(), one.decoded(), CommandSpan.NONE),
            received(bytes("2"))));

    assertThat(producer.history())
        .extracting(ProducerRecord::value)
        .containsExactly(bytes("1"), bytes("2"));
  }

  @Test
  void sendsARecordAgainThatIsDeliveredAgain() {
    deadLetters.send(List.of(received(bytes("1"))));
    deadLetters.send(List.of(received(bytes("1"))));

    assertThat(producer.history()).hasSize(2);
  }

  @Test
  void failsWhereKafkaDoesAndSendsLater() {
    ReceivedRecord one = received(bytes("1"));
    producer.sendException = new TimeoutException("away");

    assertThatExceptionOfType(TimeoutException.class)
        .isThrownBy(() -> deadLetters.send(List.of(one)));

    producer.sendException = null;
    deadLetters.send(List.of(one));
    assertThat(producer.history()).hasSize(1);
  }

  private ProducerRecord<byte[], byte[]> only() {
    assertThat(producer.history()).hasSize(1);
    return producer.history().getFirst();
  }

  private static ReceivedRecord received(byte[] value) {
    return received(null, value, new RecordHeaders(), "value: expected");
  }

  private static ReceivedRecord received(
      byte @Nullable [] key, byte @Nullable [] value, RecordHeaders headers, String message) {
    return new ReceivedRecord(
        new ConsumerRecord<>(
            "orchestrator.commands.tasks",
            7,
            4711,
            0L,
            TimestampType.CREATE_TIME,
            0,
            0,
            key,
            value,
            headers,
            Optional.empty()),
        new Unreadable(DeadLetterReason.SCHEMA_VIOLATION, message, Identity.NONE),
        CommandSpan.NONE);
  }

  private static @Nullable String header(ProducerRecord<byte[], byte[]> record, String name) {
    Header header = record.headers().lastHeader(name);
    return header == null ? null : new String(header.value(), StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
