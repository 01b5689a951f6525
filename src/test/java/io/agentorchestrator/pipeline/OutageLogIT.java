package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.local.Frozen;
import io.agentorchestrator.local.LocalPostgres;
import io.agentorchestrator.local.LocalRunProcess;
import io.agentorchestrator.local.ReservedPort;
import io.agentorchestrator.local.Servers;
import io.agentorchestrator.local.Site;
import io.agentorchestrator.local.WorkerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a worker logs, as production has it set up, while servers are away: that they are, and that
 * they are back, and not each attempt in between.
 */
@Tag("faults")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OutageLogIT {

  private static final Duration OUTAGE = Duration.ofSeconds(60);
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** Lines, from the beginning of an outage until all works again, stack traces included. */
  private static final int HANDFUL = 25;

  private static final String[] KAFKA = {"Kafka cannot be used", "Kafka can be used again"};
  private static final String[] COMMANDS = {"Commands cannot be applied", "Commands are applied"};
  private static final String[] RELAY = {"Relay is now BACKING_OFF", "Relay is now LEADING"};
  private static final String[] LOOPS = {"Fails, and is tried again", "Works again"};

  private final ReservedPort port = ReservedPort.take();
  private Path folder;
  private LocalPostgres postgres;
  private LocalRunProcess kafka;
  private Site site;
  private WorkerProcess worker;

  @BeforeAll
  void start(@TempDir Path folder) {
    this.folder = folder;
    postgres = Servers.startPostgres(folder);
    startKafka();
    site = Site.fresh(Servers.of(postgres.address(), "127.0.0.1:" + port.number()));
    worker = WorkerProcess.at(site).asShipped().start().awaitReady();
    await().atMost(PATIENCE).until(() -> worker.output().contains("Relay is now LEADING"));
  }

  @AfterAll
  void stop() {
    worker.close();
    kafka.kill();
    postgres.close();
    port.close();
  }

  @Test
  void tellsOnceThatKafkaIsAway() {
    String told =
        during(
            () -> {
              kafka.kill();
              pass(OUTAGE);
              startKafka();
            },
            KAFKA,
            RELAY);

    assertFew(told);
  }

  @Test
  void tellsOnceThatKafkaHangs() {
    String told = during(() -> Frozen.during(kafka.processes(), () -> pass(OUTAGE)), KAFKA);

    assertFew(told);
  }

  @Test
  void tellsOnceThatPostgresIsAway() {
    String told =
        during(
            () -> {
              postgres.kill();
              send();
              pass(OUTAGE);
              postgres.start();
            },
            COMMANDS,
            RELAY,
            LOOPS);

    assertFew(told);
  }

  @Test
  void tellsOnceThatPostgresHangs() {
    String told = during(() -> Frozen.during(postgres.processes(), () -> pass(OUTAGE)), RELAY);

    assertFew(told);
  }

  @Test
  void tellsOnceThatBothAreAway() {
    String told =
        during(
            () -> {
              kafka.kill();
              postgres.kill();
              pass(OUTAGE);
              postgres.start();
              startKafka();
            },
            KAFKA,
            RELAY,
            LOOPS);

    assertFew(told);
  }

  /** What is logged from the beginning of an outage until all of it is over. */
  private String during(Runnable outage, String[]... wanted) {
    int begin = worker.output().length();
    outage.run();
    List<String> all = Stream.of(wanted).flatMap(Stream::of).toList();
    String told =
        await()
            .atMost(PATIENCE)
            .until(
                () -> worker.output().substring(begin),
                text -> all.stream().allMatch(text::contains));
    System.out.println(told);
    return told;
  }

  private static void assertFew(String told) {
    assertThat(told.lines()).as(told).hasSizeLessThan(HANDFUL);
  }

  private static void pass(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    await().atMost(time.plusSeconds(5)).until(() -> System.nanoTime() >= end);
  }

  private void startKafka() {
    kafka = LocalRunProcess.startKafka(folder.resolve("kafka"), port.number());
  }

  private void send() {
    try (KafkaProducer<byte[], byte[]> producer = Pipeline.producer(site)) {
      producer.send(Pipeline.record(site, Commands.registerAgent(UUID.randomUUID(), 1))).get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
