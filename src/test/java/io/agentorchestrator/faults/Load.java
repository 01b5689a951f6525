package io.agentorchestrator.faults;

import io.agentorchestrator.local.Site;
import io.agentorchestrator.pipeline.Commands;
import io.agentorchestrator.pipeline.Pipeline;
import io.agentorchestrator.pipeline.SimulatedFleet;
import io.agentorchestrator.pipeline.SimulatedFleet.Given;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sends a {@link Plan} at a steady rate, and answers for the fleet, past whatever lies between the
 * worker and its servers. An outage of Kafka delays it and loses nothing of it.
 */
final class Load implements AutoCloseable {

  private static final long MOMENT = Duration.ofMillis(20).toNanos();

  /** What was sent where. */
  record Sent(
      Plan.Message message, ProducerRecord<byte[], byte[]> record, Future<RecordMetadata> place) {}

  /** How slowly it is to come: what was left, and within which time it would be sent. */
  private record Lasting(Duration time, long left) {}

  /** What the fleet said of a task, and what has to be told of it. */
  record Answer(UUID task, String told) {}

  private final Site site;
  private final Plan plan;
  private final int rate;
  private final KafkaProducer<byte[], byte[]> producer;
  private final SimulatedFleet fleet;
  private final List<Sent> sent = new ArrayList<>();
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();
  private final Set<Given> answered = ConcurrentHashMap.newKeySet();
  private final Thread thread;
  private volatile int progress;
  private volatile @Nullable Lasting lasting;
  private volatile @Nullable RuntimeException failure;

  /**
   * Registers the agents, waits until they are there, and begins.
   *
   * @param rate messages a second
   */
  Load(Site site, Plan plan, int rate) {
    this.site = site;
    this.plan = plan;
    this.rate = rate;
    this.producer = Pipeline.patientProducer(site);
    for (ObjectNode command : plan.registrations()) {
      await(producer.send(Pipeline.record(site, command)));
    }
    Databases.await(
        site, "SELECT count(*) FROM agents", count -> count == plan.registrations().size());
    this.fleet = new SimulatedFleet(site, this::answer);
    this.thread = Thread.ofPlatform().name("load").start(this::run);
  }

  Plan plan() {
    return plan;
  }

  /** How many messages are sent by now. */
  int progress() {
    return progress;
  }

  boolean isOver() {
    return !thread.isAlive();
  }

  /** The commands with which the fleet answered, by their ids. */
  Map<String, Answer> answers() {
    return answers;
  }

  /**
   * Has it come ever more slowly, so that it is not over before {@link #join}: at a rate that falls
   * with the square of what is left. After ten times that time a tenth is left.
   *
   * @param time within which it would send what is left now, if it did not become slower
   */
  void last(Duration time) {
    lasting = new Lasting(time, plan.messages().size() - progress);
  }

  /** Waits until all is sent and acknowledged. */
  List<Sent> join() {
    lasting = null;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    requireSound();
    sent.forEach(each -> await(each.place()));
    return List.copyOf(sent);
  }

  /**
   * Fails if the fleet was given something twice, or something could not be sent.
   *
   * @throws RuntimeException saying so
   */
  void requireSound() {
    RuntimeException failed = failure;
    if (failed != null) {
      throw failed;
    }
  }

  /** Sends what is not of the plan. */
  synchronized void send(Plan.Message message) {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(
            site.topic(message.topic()),
            message.key().getBytes(StandardCharsets.UTF_8),
            message.value());
    record.headers().add("sent-as", ByteBuffer.allocate(4).putInt(sent.size()).array());
    sent.add(new Sent(message, record, producer.send(record)));
  }

  private void run() {
    try {
      long due = System.nanoTime();
      int count = 0;
      for (Plan.Message message : plan.messages()) {
        send(message);
        progress = ++count;
        int left = plan.messages().size() - count;
        while (System.nanoTime() < due + pause(left)) {
          LockSupport.parkNanos(Math.min(MOMENT, due + pause(left) - System.nanoTime()));
        }
        due += pause(left);
      }
    } catch (RuntimeException e) {
      failure = e;
    }
  }

  private long pause(long left) {
    long shortest = Duration.ofSeconds(1).toNanos() / rate;
    Lasting slowly = lasting;
    return slowly == null || left == 0
        ? shortest
        : Math.max(shortest, slowly.time().toNanos() / left * slowly.left() / left);
  }

  private List<ObjectNode> answer(Given given) {
    if (!plan.isForFleet(given.task())) {
      return List.of();
    }
    if (!answered.add(given)) {
      failure = new IllegalStateException("given twice: " + given);
    }
    boolean fails = given.attempt() == 1 && plan.failsFirst(given.task());
    ObjectNode answer =
        fails
            ? Commands.fail(given.task(), given.agent(), given.attempt(), true)
            : Commands.word("task.complete.v1", given.task(), given.agent(), given.attempt());
    answers.put(
        answer.get("id").stringValue(),
        new Answer(given.task(), fails ? "task.retry-scheduled.v1" : "task.completed.v1"));
    return List.of(answer);
  }

  private static <T> T await(Future<T> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    fleet.close();
    producer.close();
  }
}
