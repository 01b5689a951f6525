package io.agentorchestrator.cli;

import io.agentorchestrator.cli.SendResult.Outcome;
import io.agentorchestrator.cli.SendResult.Place;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Sends commands one behind the other, and reports of each what came of it. However many there are,
 * it keeps a bounded number of them in mind: of those that Kafka has not acknowledged as much as
 * the producer's buffer holds, and of those whose outcome is waited for {@value #WINDOW}.
 *
 * <p>After the first that Kafka does not take nothing more is sent: {@link #failure()}. Not
 * thread-safe.
 */
final class CommandSender {

  private static final int WINDOW = 10_000;

  /** The log is read at least after so many: it is quicker than commands, and must not pile up. */
  private static final int READ_LOG_EVERY = 500;

  private final Producer<byte[], byte[]> producer;
  private final @Nullable OutcomeWatch watch;
  private final Consumer<SendResult> report;
  private final Queue<Acknowledgement> acknowledgements = new ConcurrentLinkedQueue<>();
  private long sent;
  private @Nullable Exception failure;

  /**
   * Makes one.
   *
   * @param watch what waits for outcomes, or null if Kafka's word is enough
   * @param report hears of each command once
   */
  CommandSender(
      Producer<byte[], byte[]> producer,
      @Nullable OutcomeWatch watch,
      Consumer<SendResult> report) {
    this.producer = producer;
    this.watch = watch;
    this.report = report;
  }

  private record Acknowledgement(
      SentCommand command, @Nullable Place place, @Nullable Exception failure) {}

  /** Sends one, unless one before it failed; waits while too many are under way. */
  void send(SentCommand command, byte[] value) throws InterruptedException {
    if (watch != null) {
      if (watch.size() >= WINDOW || ++sent % READ_LOG_EVERY == 0) {
        do {
          reportEnded(watch);
        } while (watch.size() >= WINDOW);
      }
      watch.expect(command);
    }
    byte[] key = command.envelope().subject().toString().getBytes(StandardCharsets.UTF_8);
    Future<RecordMetadata> unused =
        producer.send(
            new ProducerRecord<>(command.topic(), key, value),
            (metadata, e) -> acknowledgements.add(acknowledgement(command, metadata, e)));
    takeAcknowledgements();
  }

  private static Acknowledgement acknowledgement(
      SentCommand command, RecordMetadata metadata, @Nullable Exception failure) {
    return failure == null
        ? new Acknowledgement(command, new Place(metadata.partition(), metadata.offset()), null)
        : new Acknowledgement(command, null, failure);
  }

  /** Waits until Kafka has all, or has failed. */
  void flush() {
    producer.flush();
    takeAcknowledgements();
  }

  /**
   * Waits for what came of all, for a moment.
   *
   * @return whether there are some left
   */
  boolean await() throws InterruptedException {
    if (watch != null && watch.size() > 0) {
      reportEnded(watch);
    }
    return watch != null && watch.size() > 0;
  }

  /** How many there are of which it is not known what comes of them. */
  int waiting() {
    return watch == null ? 0 : watch.size();
  }

  /** Why Kafka did not take a command, or null. */
  @Nullable Exception failure() {
    return failure;
  }

  private void takeAcknowledgements() {
    for (Acknowledgement next = acknowledgements.poll();
        next != null;
        next = acknowledgements.poll()) {
      Place place = next.place();
      if (place == null) {
        failed(next);
      } else if (watch == null) {
        report.accept(new SendResult(next.command(), Outcome.SENT, null, place, List.of()));
      } else {
        watch.acknowledged(next.command(), place);
      }
    }
  }

  private void failed(Acknowledgement of) {
    Exception why = of.failure();
    failure = failure == null ? why : failure;
    if (watch != null) {
      watch.forget(of.command());
    }
    report.accept(
        new SendResult(
            of.command(),
            Outcome.NOT_SENT,
            "Kafka did not take it: " + (why == null ? "" : why.getMessage()),
            null,
            List.of()));
  }

  private void reportEnded(OutcomeWatch from) throws InterruptedException {
    takeAcknowledgements();
    from.poll().forEach(report);
  }
}
