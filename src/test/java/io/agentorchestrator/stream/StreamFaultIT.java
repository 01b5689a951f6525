package io.agentorchestrator.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.local.LocalRunProcess;
import io.agentorchestrator.local.LocalWorker;
import io.agentorchestrator.local.ReservedPort;
import io.agentorchestrator.local.Servers;
import io.agentorchestrator.local.Site;
import io.agentorchestrator.stream.LogWriter.Written;
import io.agentorchestrator.stream.StreamClient.Message;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of readers when the log's broker, or its topic, goes away. */
@Tag("faults")
class StreamFaultIT {

  private static final String EVENT = "task.progressed.v1";

  private final UUID entity = UUID.randomUUID();

  private static LocalWorker startWorker(Site site) {
    return LocalWorker.start(
        site, "--orchestrator.relay.enabled=false", "--orchestrator.stream.heartbeat=300ms");
  }

  private static List<String> data(List<Message> messages) {
    return messages.stream().map(Message::data).toList();
  }

  private static List<String> values(List<Written> written) {
    return written.stream().map(Written::value).toList();
  }

  @Test
  void goesOnBehindTheLastEventOnceKafkaIsBack(@TempDir Path folder) {
    ReservedPort port = ReservedPort.take();
    LocalRunProcess kafka = LocalRunProcess.startKafka(folder, port.number());
    Site site = Site.fresh(Servers.of(Servers.shared().postgres(), "127.0.0.1:" + port.number()));
    try (LocalWorker worker = startWorker(site);
        StreamClient client = StreamClient.open(worker.rest(), "entity_id=" + entity, null)) {
      List<Written> written = new ArrayList<>();
      try (LogWriter log = new LogWriter(site)) {
        written.addAll(log.write(20, entity, EVENT));
      }
      String tenth = client.await(20).get(9).id();
      kafka.kill();
      int comments = client.comments().size();
      client.await("heartbeats", () -> client.comments().size() > comments + 10);
      CompletableFuture<StreamClient> resuming =
          CompletableFuture.supplyAsync(
              () -> StreamClient.open(worker.rest(), "entity_id=" + entity, tenth));
      CompletableFuture<StreamClient> coming =
          CompletableFuture.supplyAsync(
              () -> StreamClient.open(worker.rest(), "entity_id=" + entity, null));
      kafka = LocalRunProcess.startKafka(folder, port.number());

      try (StreamClient resumed = resuming.join();
          StreamClient come = coming.join();
          LogWriter log = new LogWriter(site)) {
        List<Written> later = log.write(20, entity, EVENT);
        written.addAll(later);

        assertThat(data(client.await(40))).isEqualTo(values(written));
        assertThat(data(resumed.await(30))).isEqualTo(values(written.subList(10, 40)));
        assertThat(data(come.await(20))).isEqualTo(values(later));
      }
    } finally {
      kafka.kill();
      port.close();
    }
  }

  @Test
  void tellsReadersThatTheTopicWasMadeAnew() throws Exception {
    Site site = Site.fresh();
    String topic = site.topic("orchestrator.log");
    try (LocalWorker worker = startWorker(site);
        StreamClient client = StreamClient.open(worker.rest(), "entity_id=" + entity, null);
        Admin admin =
            Admin.create(Map.of("bootstrap.servers", site.servers().bootstrapServers()))) {
      try (LogWriter log = new LogWriter(site)) {
        log.write(5, entity, EVENT);
      }
      String old = client.await(5).getLast().id();
      admin.deleteTopics(List.of(topic)).all().get();
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> !admin.listTopics().names().get().contains(topic));
      admin
          .createTopics(List.of(new NewTopic(topic, Optional.of(4), Optional.empty())))
          .all()
          .get();

      Message told = client.await(6).getLast();
      assertThat(told.type()).isEqualTo("reset");
      assertThat(told.data()).containsAnyOf("log_replaced", "out_of_range");
      try (StreamClient resumed = StreamClient.open(worker.rest(), "entity_id=" + entity, old);
          LogWriter log = new LogWriter(site)) {
        assertThat(resumed.await(1).getFirst().data()).contains("unknown_id");
        List<Written> written = log.write(2, entity, EVENT);
        assertThat(data(resumed.await(3).subList(1, 3))).isEqualTo(values(written));
        assertThat(data(client.await(8).subList(6, 8))).isEqualTo(values(written));
      }
    }
  }
}
