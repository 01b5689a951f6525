package io.agentorchestrator.pipeline;

import static org.awaitility.Awaitility.await;

import io.agentorchestrator.local.Site;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.common.GroupState;

/** The consumers of a site's commands, as the broker knows them. */
final class Group {

  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private Group() {}

  static ConsumerGroupDescription of(Site site) throws ExecutionException, InterruptedException {
    try (Admin admin =
        Admin.create(Map.of("bootstrap.servers", site.servers().bootstrapServers()))) {
      return admin
          .describeConsumerGroups(List.of(site.name()))
          .all()
          .get()
          .values()
          .iterator()
          .next();
    }
  }

  static Collection<MemberDescription> members(Site site)
      throws ExecutionException, InterruptedException {
    return of(site).members();
  }

  /** Has the next consumers begin at the beginning. None may be left in the group. */
  static void forget(Site site) throws ExecutionException, InterruptedException {
    try (Admin admin =
        Admin.create(Map.of("bootstrap.servers", site.servers().bootstrapServers()))) {
      admin.deleteConsumerGroups(List.of(site.name())).all().get();
    }
  }

  /**
   * Waits until so many consumers at least are there, and each has its part. They join one by one,
   * and whatever one was at when the next takes its partitions may be done twice.
   */
  static void awaitShared(Site site, int consumers) {
    await("%d consumers, each with partitions".formatted(consumers))
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .ignoreExceptionsInstanceOf(ExecutionException.class)
        .until(() -> isShared(of(site), consumers));
  }

  private static boolean isShared(ConsumerGroupDescription group, int consumers) {
    return group.groupState() == GroupState.STABLE
        && group.members().size() >= consumers
        && group.members().stream()
            .noneMatch(each -> each.assignment().topicPartitions().isEmpty());
  }
}
