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
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/**
 * A worker that is told to end does, in time, whatever hangs; and the next one goes on from there.
 */
class GracefulStopIT {

  private static final Duration BOUND = Duration.ofSeconds(20);

  /** As of a process that SIGTERM ended. */
  private static final int TERMINATED = 143;

  private static final int LIVES = 2000;

  private final Lives lives = new Lives(LIVES);

  @Test
  @Tag("faults")
  void endsInTheMiddleOfTheWork() throws Exception {
    Site site = Site.fresh();
    try (WorkerProcess worker = begin(site, "--orchestrator.commands.max-poll-records=2000")) {
      end(worker);
    }
    assertThat(applied(site)).as("applied by the end").isLessThan(lives.events());
    assertGoesOn(site);
  }

  @Test
  @Tag("faults")
  void endsInTheMiddleOfWhatTheRelayPublishes() throws Exception {
    Site site = Site.fresh();
    try (WorkerProcess worker =
        begin(
            site,
            "--orchestrator.commands.max-poll-records=5000",
            "--orchestrator.relay.max-records=1",
            "--orchestrator.relay.linger=20ms")) {
      await().atMost(Duration.ofMinutes(2)).until(() -> applied(site) == lives.events());
      end(worker);
    }
    try (TopicReader log =
        new TopicReader(site.servers().bootstrapServers(), site.topic("orchestrator.log"))) {
      assertThat(log.toTheEnd()).as("published").hasSizeLessThan(lives.events());
    }
    assertGoesOn(site);
  }

  @Test
  @Tag("faults")
  void endsWhilePostgresHangs(@TempDir Path folder) throws Exception {
    try (LocalPostgres postgres = Servers.startPostgres(folder)) {
      Site site = Site.fresh(Servers.of(postgres.address(), Servers.shared().bootstrapServers()));
      try (WorkerProcess worker = begin(site)) {
        Frozen.during(postgres.processes(), () -> end(worker));
      }
      assertGoesOn(site);
    }
  }

  @Test
  @Tag("faults")
  void endsWhilePostgresIsAway(@TempDir Path folder) throws Exception {
    try (LocalPostgres postgres = Servers.startPostgres(folder)) {
      Site site = Site.fresh(Servers.of(postgres.address(), Servers.shared().bootstrapServers()));
      try (WorkerProcess worker = begin(site)) {
        postgres.kill();
        end(worker);
        postgres.start();
      }
      assertGoesOn(site);
    }
  }

  @Test
  @Tag("faults")
  void endsWhileKafkaHangs(@TempDir Path folder) throws Exception {
    ReservedPort port = ReservedPort.take();
    LocalRunProcess kafka = LocalRunProcess.startKafka(folder, port.number());
    try {
      Site site = Site.fresh(Servers.of(Servers.shared().postgres(), "127.0.0.1:" + port.number()));
      try (WorkerProcess worker = begin(site)) {
        Frozen.during(kafka.processes(), () -> end(worker));
      }
      assertGoesOn(site);
    } finally {
      kafka.kill();
      port.close();
    }
  }

  @Test
  @Tag("faults")
  void endsWhileKafkaIsAway(@TempDir Path folder) throws Exception {
    ReservedPort port = ReservedPort.take();
    LocalRunProcess kafka = LocalRunProcess.startKafka(folder, port.number());
    try {
      Site site = Site.fresh(Servers.of(Servers.shared().postgres(), "127.0.0.1:" + port.number()));
      try (WorkerProcess worker = begin(site)) {
        kafka.kill();
        end(worker);
        kafka = LocalRunProcess.startKafka(folder, port.number());
      }
      assertGoesOn(site);
    } finally {
      kafka.kill();
      port.close();
    }
  }

  /** Starts a worker, and returns when it is in the middle of the work. */
  private WorkerProcess begin(Site site, String... settings) throws Exception {
    WorkerProcess worker =
        WorkerProcess.at(site).asShipped().settings(settings).start().awaitReady();
    try (KafkaProducer<byte[], byte[]> producer = Pipeline.producer(site)) {
      send(producer, site, lives.registrations());
      await().atMost(Duration.ofMinutes(2)).until(() -> applied(site) == lives.agents().size());
      send(producer, site, lives.commands());
    }
    await()
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofMillis(2))
        .until(() -> applied(site) > lives.events() / 10);
    return worker;
  }

  private static void send(
      KafkaProducer<byte[], byte[]> producer, Site site, List<ObjectNode> commands)
      throws Exception {
    List<Future<RecordMetadata>> sent =
        commands.stream().map(each -> producer.send(Pipeline.record(site, each))).toList();
    for (Future<RecordMetadata> each : sent) {
      each.get();
    }
  }

  private static void end(WorkerProcess worker) {
    long start = System.nanoTime();
    worker.stop();
    int exitCode = worker.awaitEnd(BOUND.multipliedBy(2));
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    System.out.println("Ended after " + took);

    assertThat(exitCode).as(worker.output()).isEqualTo(TERMINATED);
    assertThat(took).as("from SIGTERM to the end").isLessThan(BOUND);
    assertThat(worker.output()).doesNotContain("ended by force");
  }

  private void assertGoesOn(Site site) {
    try (Pipeline pipeline = Pipeline.at(site, 1)) {
      lives.assertTold(pipeline.settled());
      try (TopicReader deadLetters = pipeline.reader("orchestrator.commands.dead-letter")) {
        assertThat(deadLetters.toTheEnd()).isEmpty();
      }
      assertThat(Settling.count(site, "SELECT count(*) FROM tasks WHERE status = 'completed'"))
          .isEqualTo(LIVES);
    }
  }

  private static int applied(Site site) {
    return Settling.count(site, "SELECT count(*) FROM orchestration_log");
  }
}
