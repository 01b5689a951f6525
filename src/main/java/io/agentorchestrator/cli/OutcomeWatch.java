package io.agentorchestrator.cli;

import io.agentorchestrator.cli.SendResult.Outcome;
import io.agentorchestrator.messages.CommandType;
import io.agentorchestrator.messages.EventType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.RetriableException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Waits for what comes of commands: the first event on the log that says how one ended. Reads the
 * log from where it ended before the first was sent.
 *
 * <p>A duplicate leaves no event, and a heartbeat hardly ever. So it is also looked at how far the
 * workers' group is: a heartbeat that they are past, and that nobody refused, was taken; of others
 * without an event it is told whether a worker has come to them. Not thread-safe.
 */
final class OutcomeWatch implements AutoCloseable {

  /** Keeps the digits of users' numbers, for events are printed again. */
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration ASK_GROUP_EVERY = Duration.ofMillis(500);

  private static final Duration GROUP_PATIENCE = Duration.ofSeconds(5);

  /** For how long a refusal may be on its way once the group is past a command. */
  private static final Duration ON_THE_WAY = Duration.ofSeconds(1);

  private final TopicFeed log;
  private final Admin admin;
  private final String group;
  private final Duration timeout;
  private final Map<Key, List<Waiting>> waiting = new LinkedHashMap<>();
  private int size;
  private long askGroupAt;

  /**
   * Begins to watch.
   *
   * @param log at the place from which on events count; closed with this
   * @param admin likewise closed with this
   * @param group the workers' consumer group
   * @param timeout how long to wait for each command
   */
  OutcomeWatch(TopicFeed log, Admin admin, String group, Duration timeout) {
    this.log = log;
    this.admin = admin;
    this.group = group;
    this.timeout = timeout;
  }

  private record Key(String source, String id) {}

  private static final class Waiting {
    private final SentCommand command;
    private final long since = System.nanoTime();
    private final List<JsonNode> events = new ArrayList<>();
    private SendResult.@Nullable Place place;
    private @Nullable Long passedAt;

    Waiting(SentCommand command) {
      this.command = command;
    }

    boolean isWaitingFor(String digest) {
      return digest.isEmpty() || digest.equals(command.envelope().digest().hex());
    }

    boolean isHeartbeat() {
      return command.envelope().type() == CommandType.AGENT_HEARTBEAT;
    }
  }

  /** Waits for one more; to be called before it is sent. */
  void expect(SentCommand command) {
    waiting.computeIfAbsent(key(command), key -> new ArrayList<>()).add(new Waiting(command));
    size++;
  }

  /** Hears where Kafka put one. */
  void acknowledged(SentCommand command, SendResult.Place place) {
    for (Waiting each : waiting.getOrDefault(key(command), List.of())) {
      if (each.command.equals(command)) {
        each.place = place;
      }
    }
  }

  /** Waits no longer for one that Kafka did not take. */
  void forget(SentCommand command) {
    List<Waiting> ofKey = waiting.getOrDefault(key(command), List.of());
    ofKey.stream()
        .filter(each -> each.command.equals(command))
        .findFirst()
        .ifPresent(
            each -> {
              ofKey.remove(each);
              size--;
            });
  }

  private static Key key(SentCommand command) {
    return new Key(command.envelope().source(), command.envelope().id());
  }

  /** How many are waited for. */
  int size() {
    return size;
  }

  /** Reads on for a moment, and returns what ended meanwhile. */
  List<SendResult> poll() throws InterruptedException {
    for (ConsumerRecord<byte[], byte[]> record : log.next(POLL)) {
      see(record);
    }
    if (size > 0 && System.nanoTime() > askGroupAt) {
      askGroup();
      askGroupAt = System.nanoTime() + ASK_GROUP_EVERY.toNanos();
    }
    return takeEnded();
  }

  private void see(ConsumerRecord<byte[], byte[]> record) {
    JsonNode event;
    try {
      event = JSON.readTree(record.value());
    } catch (JacksonException | IllegalArgumentException e) {
      return; // Not the relay's.
    }
    JsonNode command = event.path("data").path("command");
    Key key = new Key(command.path("source").asString(""), command.path("id").asString(""));
    for (Waiting each : waiting.getOrDefault(key, List.of())) {
      if (each.isWaitingFor(command.path("digest").asString(""))) {
        each.events.add(event);
      }
    }
  }

  /**
   * Returns the event that says how a command ended, or null: it may cause events about others,
   * before the one about its subject and behind it.
   */
  private static @Nullable JsonNode decisive(Waiting waiting) {
    String subject = waiting.command.envelope().subject().toString();
    return waiting.events.stream()
        .filter(
            event ->
                outcome(event) != Outcome.ACCEPTED
                    || event.path("subject").asString("").equals(subject))
        .findFirst()
        .orElse(null);
  }

  private static Outcome outcome(JsonNode event) {
    String type = event.path("type").asString("");
    if (type.equals(EventType.COMMAND_REJECTED.value())) {
      return Outcome.REJECTED;
    }
    return type.equals(EventType.COMMAND_DEAD_LETTERED.value())
        ? Outcome.DEAD_LETTERED
        : Outcome.ACCEPTED;
  }

  /** Finds out how far the workers are; where Kafka does not say, nothing is known. */
  private void askGroup() throws InterruptedException {
    Map<TopicPartition, OffsetAndMetadata> committed;
    try {
      committed =
          admin
              .listConsumerGroupOffsets(group)
              .partitionsToOffsetAndMetadata()
              .get(GROUP_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RetriableException
          || e.getCause() instanceof AuthorizationException) {
        return;
      }
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    }
    for (List<Waiting> ofKey : waiting.values()) {
      for (Waiting each : ofKey) {
        SendResult.Place place = each.place;
        if (place != null && each.passedAt == null) {
          OffsetAndMetadata next =
              committed.get(new TopicPartition(each.command.topic(), place.partition()));
          each.passedAt = next != null && next.offset() > place.offset() ? System.nanoTime() : null;
        }
      }
    }
  }

  private List<SendResult> takeEnded() {
    List<SendResult> ended = new ArrayList<>();
    for (Iterator<List<Waiting>> keys = waiting.values().iterator(); keys.hasNext(); ) {
      List<Waiting> ofKey = keys.next();
      ofKey.removeIf(
          each -> {
            SendResult result = result(each);
            if (result != null) {
              ended.add(result);
              size--;
            }
            return result != null;
          });
      if (ofKey.isEmpty()) {
        keys.remove();
      }
    }
    return ended;
  }

  private @Nullable SendResult result(Waiting each) {
    JsonNode decisive = decisive(each);
    if (decisive != null) {
      return new SendResult(
          each.command,
          outcome(decisive),
          decisive.path("data").path("message").asString(""),
          each.place,
          each.events);
    }
    long now = System.nanoTime();
    Long passedAt = each.passedAt;
    if (passedAt != null && each.isHeartbeat() && now - passedAt > ON_THE_WAY.toNanos()) {
      return new SendResult(
          each.command,
          Outcome.TAKEN,
          "A heartbeat leaves no event where it changes no status.",
          each.place,
          each.events);
    }
    return now - each.since > timeout.toNanos()
        ? new SendResult(each.command, Outcome.NO_OUTCOME, whyNone(each), each.place, each.events)
        : null;
  }

  private String whyNone(Waiting each) {
    return each.passedAt == null
        ? "no outcome within %d s: no worker of group %s has come to it."
            .formatted(timeout.toSeconds(), group)
        : "no outcome within %d s, though a worker is past it: it was a duplicate, which changes nothing, or its event is late (see `relay status`)."
            .formatted(timeout.toSeconds());
  }

  @Override
  public void close() {
    log.close();
    admin.close();
  }
}
