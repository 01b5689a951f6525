package io.agentorchestrator.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.local.Site;
import io.agentorchestrator.local.WorkerProcess;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.common.GroupType;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A third worker comes and goes in the middle of the work, under both protocols of groups. */
@Order(6)
@Tag("faults")
class RebalanceFaultIT {

  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Cluster cluster = Cluster.shared();

  @ParameterizedTest
  @EnumSource(names = {"CLASSIC", "CONSUMER"})
  void losesAndRepeatsNothing(GroupType protocol) {
    try (Scenario scenario =
        new Scenario(
            "rebalances of " + protocol,
            cluster,
            2,
            600,
            60,
            "--orchestrator.commands.group-protocol=" + protocol)) {
      scenario.lastUntilJudged();
      scenario.superviseUntilReady();

      WorkerProcess third = join(scenario);
      assertThat(group(scenario.site()).type()).isEqualTo(protocol);
      scenario.inject("SIGTERM of the third", () -> scenario.stop(third));
      awaitMembersOf(scenario, 2);

      WorkerProcess fourth = join(scenario);
      scenario.inject("SIGKILL of the fourth", () -> scenario.kill(fourth));
      awaitMembersOf(scenario, 2);
      scenario.awaitProgress();

      scenario.judge();
    }
  }

  /** Starts another, and waits until it has its part and applies commands. */
  private static WorkerProcess join(Scenario scenario) {
    int before = scenario.workers().size();
    WorkerProcess worker = scenario.startWorker().awaitReady();
    awaitMembersOf(scenario, before + 1);
    Awaitility.await("commands that the newcomer applies")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> Metrics.sum(worker, "orchestrator_commands_total") > 0);
    scenario.requireUnderLoad();
    scenario.note("another has joined, and is at work");
    return worker;
  }

  /** Each has two consumers. */
  private static void awaitMembersOf(Scenario scenario, int workers) {
    Awaitility.await("a group of %d workers".formatted(workers))
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> group(scenario.site()).members().size() == 2 * workers);
  }

  private static ConsumerGroupDescription group(Site site) {
    AtomicReference<ConsumerGroupDescription> group = new AtomicReference<>();
    Broker.ask(
        site,
        admin ->
            group.set(
                Objects.requireNonNull(
                        admin
                            .describeConsumerGroups(List.of(site.name()))
                            .describedGroups()
                            .get(site.name()))
                    .get()));
    return group.get();
  }
}
