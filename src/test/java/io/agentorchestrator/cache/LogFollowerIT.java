package io.agentorchestrator.cache;

import static io.agentorchestrator.messages.EntityType.AGENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.local.Servers;
import io.agentorchestrator.topics.WallClockSteps;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** With a log of the test's own, and a Redis that can be away. */
class LogFollowerIT {

  private static final Map<String, Object> KAFKA =
      Map.of("bootstrap.servers", Servers.shared().bootstrapServers());

  private final String topic = "followed-" + UUID.randomUUID();
  private final UUID id = UUID.randomUUID();
  private final SomeRedis redis = SomeRedis.start();
  private final CachedEntities entities =
      new CachedEntities(
          redis.url(),
          new CacheProperties(true, redis.url(), Duration.ofHours(1), Duration.ofMillis(500)),
          Duration.ofMinutes(1),
          new SimpleMeterRegistry());
  private final KafkaProducer<byte[], byte[]> producer =
      new KafkaProducer<>(KAFKA, new ByteArraySerializer(), new ByteArraySerializer());
  private LogFollower follower = follower();

  private LogFollower follower() {
    return new LogFollower(entities, topic, KAFKA, new WallClockSteps(InstantSource.system()));
  }

  @BeforeEach
  void createTopic() throws Exception {
    try (Admin admin = Admin.create(KAFKA)) {
      admin
          .createTopics(List.of(new NewTopic(topic, Optional.of(2), Optional.empty())))
          .all()
          .get();
    }
  }

  @AfterEach
  void close() {
    follower.stop();
    producer.close();
    entities.close();
    redis.close();
  }

  private void publish(long version) throws Exception {
    byte[] event =
        "{\"data\":{\"entity_type\":\"agent\",\"entity_id\":\"%s\",\"entity_version\":%d}}"
            .formatted(id, version)
            .getBytes(StandardCharsets.UTF_8);
    producer
        .send(new ProducerRecord<>(topic, id.toString().getBytes(StandardCharsets.UTF_8), event))
        .get();
  }

  private void keep(long version) {
    entities.keep(AGENT, id, version, 2, () -> "{}");
    await().until(this::isKnown);
  }

  private boolean isKnown() {
    return entities.find(AGENT, id).isPresent();
  }

  private void startAndAwaitPosition() {
    follower.start();
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> entities.followed(topic).offsets().size() == 2);
  }

  /** What was there before is of no interest: nothing was kept then. */
  @Test
  void beginsAtTheEnd() throws Exception {
    publish(1);
    publish(2);

    startAndAwaitPosition();

    assertThat(entities.followed(topic).offsets().values()).containsExactlyInAnyOrder(0L, 2L);
    keep(1);
    publish(3);
    await().until(() -> !isKnown());
  }

  @Test
  void goesOnWhereItStopped() throws Exception {
    startAndAwaitPosition();
    keep(1);
    follower.stop();
    publish(2);
    assertThat(isKnown()).isTrue();

    follower = follower();
    follower.start();

    await().atMost(Duration.ofSeconds(20)).until(() -> !isKnown());
  }

  /** By the log, what is in Redis then is nothing. */
  @Test
  void waitsForRedis() throws Exception {
    startAndAwaitPosition();
    redis.stop();
    publish(2);
    await().until(() -> !isKnown());
    redis.startAgain();
    await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptionsInstanceOf(CachedEntities.RedisAwayException.class)
        .until(() -> entities.followed(topic).offsets().size() == 2);

    keep(2);
    publish(3);
    await().until(() -> !isKnown());
  }
}
