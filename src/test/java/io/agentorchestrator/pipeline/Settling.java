package io.agentorchestrator.pipeline;

import io.agentorchestrator.local.Site;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;

/** Waits until a site is at rest: all commands acknowledged, and all of the log on its topic. */
public final class Settling {

  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private Settling() {}

  public static void await(Site site, TopicReader log) {
    awaitCommands(site);
    int rows = count(site, "SELECT count(*) FROM orchestration_log");
    log.until("all " + rows + " events", read -> read.size() >= rows);
  }

  /** Waits until all commands are acknowledged. */
  static void awaitCommands(Site site) {
    try (Admin admin =
        Admin.create(Map.of("bootstrap.servers", site.servers().bootstrapServers()))) {
      Awaitility.await("all commands acknowledged")
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(100))
          .ignoreExceptionsInstanceOf(ExecutionException.class)
          .until(() -> isAcknowledged(admin, site));
    }
  }

  /** The one number that a query asks for. */
  public static int count(Site site, String query) {
    try (Connection connection = DriverManager.getConnection(site.servers().jdbcUrl(site.name()))) {
      return count(connection, query);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Likewise. */
  public static int count(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getInt(1);
    }
  }

  private static boolean isAcknowledged(Admin admin, Site site)
      throws ExecutionException, InterruptedException {
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    List<String> topics =
        List.of(
            site.topic("orchestrator.commands.agents"),
            site.topic("orchestrator.commands.tasks"),
            site.topic("orchestrator.commands.workflows"));
    for (TopicDescription topic : admin.describeTopics(topics).allTopicNames().get().values()) {
      topic
          .partitions()
          .forEach(
              each ->
                  wanted.put(
                      new TopicPartition(topic.name(), each.partition()), OffsetSpec.latest()));
    }
    Map<TopicPartition, ListOffsetsResultInfo> ends = admin.listOffsets(wanted).all().get();
    Map<TopicPartition, OffsetAndMetadata> acknowledged =
        admin.listConsumerGroupOffsets(site.name()).partitionsToOffsetAndMetadata().get();
    return ends.entrySet().stream()
        .allMatch(
            end -> {
              OffsetAndMetadata reached = acknowledged.get(end.getKey());
              return (reached == null ? 0 : reached.offset()) >= end.getValue().offset();
            });
  }
}
