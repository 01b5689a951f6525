package io.agentorchestrator.deadletters;

import io.agentorchestrator.deadletters.RedriveResult.Outcome;
import io.agentorchestrator.messages.Redrive;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * Re-drives dead letters: sends each to where it came from, and waits for what comes of it before
 * the next of its key goes. Keys do not wait for each other: a round takes the first of each.
 *
 * <p>Kafka tells the outcome. The worker commits a record's offset when the record is behind it,
 * and before that, if it refused it, the new dead letter is acknowledged; so once the group's
 * offset is past the record, either there is a dead letter that names it, or it was taken.
 *
 * <p>A key goes no further once one of its records was not taken: what follows may build on it.
 */
public final class RedriveRun {

  /** The most that one round holds in memory, unless a single value is larger. */
  private static final long ROUND_BYTES = 16L * 1024 * 1024;

  private static final int ROUND_RECORDS = 500;
  private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

  private final DeadLetterTopic topic;
  private final Producer<byte[], byte[]> producer;
  private final Admin admin;
  private final String group;
  private final Options options;
  private final BooleanSupplier stopped;
  private final Consumer<RedriveResult> report;

  /** Partitions where somebody waited in vain: more would only pile up there. */
  private final Set<TopicPartition> stuck = new HashSet<>();

  /**
   * How to re-drive.
   *
   * @param actor who does it, see {@link RedriveHeaders#isActor}; null if nobody says
   * @param timeout how long to wait for what comes of a record
   * @param value sent instead of the dead letter's own, or null
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  public record Options(@Nullable String actor, Duration timeout, byte @Nullable [] value) {}

  /** A record that was handed to Kafka. */
  private record Sending(
      Deque<DeadLetter> lane, DeadLetter deadLetter, Future<RecordMetadata> acknowledgement) {}

  /** A record that is on its topic. */
  private record Sent(Deque<DeadLetter> lane, DeadLetter deadLetter, Place place) {
    TopicPartition partition() {
      return new TopicPartition(place.topic(), place.partition());
    }
  }

  /**
   * Prepares a run; whoever opened what it is given closes it.
   *
   * @param group the consumer group of the workers
   * @param stopped whether to end early; asked often
   * @param report takes each result as soon as it is known
   */
  public RedriveRun(
      DeadLetterTopic topic,
      Producer<byte[], byte[]> producer,
      Admin admin,
      String group,
      Options options,
      BooleanSupplier stopped,
      Consumer<RedriveResult> report) {
    this.topic = topic;
    this.producer = producer;
    this.admin = admin;
    this.group = group;
    this.options = options;
    this.stopped = stopped;
    this.report = report;
  }

  /**
   * Re-drives what is planned and reports each selected dead letter once.
   *
   * @throws RetriableException if Kafka cannot be reached; what was not sent is reported all the
   *     same
   * @throws InterruptedException if interrupted while waiting
   */
  public void execute(RedrivePlan plan) throws InterruptedException {
    plan.leftOut().forEach(report);
    List<Deque<DeadLetter>> lanes = new ArrayList<>(plan.lanes());
    try {
      Map<TopicPartition, Long> seen = topic.ends();
      while (!lanes.isEmpty() && !stopped.getAsBoolean()) {
        await(acknowledged(send(round(lanes))), seen);
        lanes.removeIf(Deque::isEmpty);
      }
    } catch (RetriableException e) {
      lanes.forEach(lane -> giveUp(lane, "Kafka cannot be reached."));
      throw e;
    }
    lanes.forEach(lane -> giveUp(lane, "Interrupted before it was its turn."));
  }

  /** Takes as many keys as one round may hold. */
  private static List<Deque<DeadLetter>> round(List<Deque<DeadLetter>> lanes) {
    List<Deque<DeadLetter>> round = new ArrayList<>();
    long bytes = 0;
    for (Deque<DeadLetter> lane : lanes) {
      bytes += Math.max(0, lane.getFirst().valueBytes());
      if (!round.isEmpty() && (bytes > ROUND_BYTES || round.size() == ROUND_RECORDS)) {
        break;
      }
      round.add(lane);
    }
    return round;
  }

  private List<Sending> send(List<Deque<DeadLetter>> round) {
    Map<Place, ConsumerRecord<byte[], byte[]>> records =
        topic.fetch(round.stream().map(lane -> lane.getFirst().at()).toList());
    Map<String, Integer> partitions = new HashMap<>();
    round.forEach(
        lane ->
            partitions.computeIfAbsent(
                refused(lane.getFirst()).topic(), name -> producer.partitionsFor(name).size()));
    List<Sending> sending = new ArrayList<>();
    for (Deque<DeadLetter> lane : round) {
      DeadLetter next = lane.getFirst();
      Place refused = refused(next);
      ConsumerRecord<byte[], byte[]> record = records.get(next.at());
      if (record == null) {
        lane.removeFirst();
        report.accept(RedriveResult.notSent(next, "No longer on the topic."));
      } else if (stuck.contains(new TopicPartition(refused.topic(), refused.partition()))) {
        giveUp(lane, "Nothing else was taken from its partition in time.");
      } else {
        lane.removeFirst();
        int there = Objects.requireNonNull(partitions.get(refused.topic()));
        sending.add(new Sending(lane, next, producer.send(redriven(next, record, there))));
      }
    }
    return sending;
  }

  private static Place refused(DeadLetter planned) {
    return Objects.requireNonNull(planned.refused(), "planned without a place to go to");
  }

  private ProducerRecord<byte[], byte[]> redriven(
      DeadLetter deadLetter, ConsumerRecord<byte[], byte[]> record, int partitions) {
    Place at = deadLetter.at();
    Place refused = refused(deadLetter);
    Headers headers = new RecordHeaders();
    for (Header header : record.headers()) {
      if (!header.key().startsWith(DeadLetter.PREFIX)
          && !header.key().startsWith(RedriveHeaders.PREFIX)) {
        headers.add(header);
      }
    }
    RedriveHeaders.write(
        headers,
        new Redrive(at.topic(), at.partition(), at.offset(), options.actor()),
        Objects.requireNonNullElse(deadLetter.origin(), refused));
    return new ProducerRecord<>(
        refused.topic(),
        // A key has its order within a partition, and its producer may have another partitioner.
        refused.partition() < partitions ? refused.partition() : null,
        record.key(),
        options.value() == null ? record.value() : options.value(),
        headers);
  }

  private List<Sent> acknowledged(List<Sending> sending) throws InterruptedException {
    producer.flush();
    List<Sent> sent = new ArrayList<>();
    for (Sending each : sending) {
      try {
        RecordMetadata at = each.acknowledgement().get();
        sent.add(
            new Sent(
                each.lane(),
                each.deadLetter(),
                new Place(at.topic(), at.partition(), at.offset())));
      } catch (ExecutionException e) {
        Throwable cause = Objects.requireNonNull(e.getCause());
        // Where tries timed out, nobody knows whether one of them came through.
        report.accept(
            new RedriveResult(
                each.deadLetter(),
                cause instanceof RetriableException ? Outcome.UNKNOWN : Outcome.NOT_SENT,
                "Kafka did not take it: " + cause.getMessage(),
                null));
        giveUpBehind(each.deadLetter(), each.lane());
      }
    }
    return sent;
  }

  private void await(List<Sent> sent, Map<TopicPartition, Long> seen) throws InterruptedException {
    long deadline = System.nanoTime() + options.timeout().toNanos();
    Map<Place, Sent> waiting = new HashMap<>();
    sent.forEach(each -> waiting.put(each.place(), each));
    // All that are refused, also those whose offset is not known to be passed yet: the topic is
    // read once.
    Map<Place, DeadLetter> refused = new HashMap<>();
    while (!waiting.isEmpty()) {
      List<Sent> passed = passed(waiting);
      if (!passed.isEmpty() && readOn(seen, waiting, refused)) {
        for (Sent each : passed) {
          waiting.remove(each.place());
          report(each, refused.get(each.place()));
        }
      } else if (stopped.getAsBoolean() || System.nanoTime() > deadline) {
        waiting.values().forEach(this::giveUpWaiting);
        return;
      } else {
        TimeUnit.NANOSECONDS.sleep(LOOK_AGAIN.toNanos());
      }
    }
  }

  /** Returns those that the group's offsets are past; none while Kafka does not say. */
  private List<Sent> passed(Map<Place, Sent> waiting) throws InterruptedException {
    try {
      Map<TopicPartition, OffsetAndMetadata> committed =
          admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
      return waiting.values().stream()
          .filter(
              each -> {
                OffsetAndMetadata next = committed.get(each.partition());
                return next != null && next.offset() > each.place().offset();
              })
          .toList();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RetriableException) {
        return List.of();
      }
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    }
  }

  private boolean readOn(
      Map<TopicPartition, Long> seen, Map<Place, Sent> waiting, Map<Place, DeadLetter> refused) {
    try {
      topic.readOn(
          seen,
          deadLetter -> {
            Place place = deadLetter.refused();
            if (place != null && waiting.containsKey(place)) {
              refused.put(place, deadLetter);
            }
          });
      return true;
    } catch (RetriableException e) {
      return false;
    }
  }

  private void report(Sent sent, @Nullable DeadLetter again) {
    if (again == null) {
      report.accept(
          new RedriveResult(
              sent.deadLetter(), Outcome.REDRIVEN, "Taken by the worker.", sent.place()));
      return;
    }
    report.accept(
        new RedriveResult(
            sent.deadLetter(),
            Outcome.DEAD_LETTERED_AGAIN,
            "Now %s, %s: %s".formatted(again.at().withinTopic(), again.reason(), again.message()),
            sent.place()));
    giveUpBehind(sent.deadLetter(), sent.lane());
  }

  private void giveUpWaiting(Sent sent) {
    stuck.add(sent.partition());
    report.accept(
        new RedriveResult(
            sent.deadLetter(),
            Outcome.UNKNOWN,
            stopped.getAsBoolean()
                ? "Interrupted before it was known what comes of it."
                : "No worker of group %s has come to it within %d s."
                    .formatted(group, options.timeout().toSeconds()),
            sent.place()));
    giveUpBehind(sent.deadLetter(), sent.lane());
  }

  private void giveUpBehind(DeadLetter first, Deque<DeadLetter> lane) {
    giveUp(lane, "%s of the same key was not taken.".formatted(first.at().withinTopic()));
  }

  private void giveUp(Deque<DeadLetter> lane, String why) {
    lane.forEach(each -> report.accept(RedriveResult.notSent(each, why)));
    lane.clear();
  }
}
