package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.local.LocalWorker;
import io.agentorchestrator.local.Site;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.apache.kafka.common.GroupType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.node.ObjectNode;

/** A second worker joins and leaves in the middle of the work, under both protocols of groups. */
class RebalanceIT {

  private static final int CHUNK = 300;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final List<UUID> subjects = new ArrayList<>();
  private final CountDownLatch enough = new CountDownLatch(1);

  @ParameterizedTest
  @Tag("faults")
  @EnumSource(names = {"CLASSIC", "CONSUMER"})
  void losesAndDoublesNothing(GroupType protocol) throws Exception {
    joinAndLeave(protocol, protocol);
  }

  @Test
  @Tag("faults")
  void changesOverToTheNewProtocolAndBackWorkerByWorker() throws Exception {
    joinAndLeave(GroupType.CLASSIC, GroupType.CONSUMER);
  }

  private void joinAndLeave(GroupType first, GroupType protocol) throws Exception {
    Site site = Site.fresh();
    try (Pipeline pipeline = Pipeline.at(site, 1, settings(first))) {
      CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> keepBusy(pipeline));

      try (LocalWorker second = LocalWorker.start(site, settings(protocol))) {
        await()
            .atMost(PATIENCE)
            .pollInterval(Duration.ofMillis(20))
            .until(() -> Pipeline.counted(second, "orchestrator_commands_total") > CHUNK);
        assertThat(Group.of(site).type()).isEqualTo(protocol);
        assertThat(Group.of(site).members()).hasSize(4);
      }
      await().atMost(PATIENCE).until(() -> Group.of(site).members().size() == 2);
      assertThat(Group.of(site).type()).isEqualTo(first);

      enough.countDown();
      sent.join();
      assertThat(pipeline.settled())
          .extracting(Event::key)
          .containsExactlyInAnyOrderElementsOf(subjects.stream().map(UUID::toString).toList());
      Faults.assertNone(pipeline);
    }
  }

  private static String[] settings(GroupType protocol) {
    return new String[] {
      "--orchestrator.commands.group-protocol=" + protocol,
      "--orchestrator.commands.max-poll-records=20"
    };
  }

  /**
   * Sends commands, always a few more than are applied, until there are enough. They are about
   * agents and about tasks: whoever shares out the partitions may leave those of one topic where
   * they are, and give a newcomer nothing but others.
   */
  private void keepBusy(Pipeline pipeline) {
    while (enough.getCount() > 0) {
      List<UUID> chunk = Stream.generate(UUID::randomUUID).limit(CHUNK).toList();
      List<ObjectNode> commands = new ArrayList<>();
      for (int i = 0; i < CHUNK; i++) {
        UUID subject = chunk.get(i);
        commands.add(
            i % 2 == 0 ? Commands.createTask(subject) : Commands.registerAgent(subject, 1));
      }
      subjects.addAll(chunk);
      pipeline.sendAll(commands);
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(10))
          .until(
              () ->
                  Settling.count(pipeline.site(), "SELECT count(*) FROM orchestration_log")
                      > subjects.size() - CHUNK);
    }
  }
}
