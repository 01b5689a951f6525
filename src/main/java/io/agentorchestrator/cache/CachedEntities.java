package io.agentorchestrator.cache;

import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.redis.RedisAddress;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.StateTransition;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.micrometer.tagged.TaggedCircuitBreakerMetrics;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisException;

/**
 * What is kept in Redis, shared by all workers. Each entity is a hash, {@code entity_version}, and,
 * while that is its newest version as far as the log has been followed, {@code json} and {@code
 * stored_at}. Times are Redis's own.
 *
 * <p>A version only ever rises: a read that was slow, or came from a replica that is behind, must
 * not put back what the log has left behind. So what the log has left behind is not deleted: its
 * version stays, without the content, for longer than a read can be late.
 *
 * <p>Whatever is the matter with Redis, nobody notices but who needs it: writes are done by a
 * thread of their own, and dropped where it does not keep up; nobody waits longer than {@link
 * CacheProperties#timeout()} for an answer; and after a few failures a circuit breaker spares
 * everybody even that.
 */
final class CachedEntities implements AutoCloseable {

  static final String PREFIX = "orchestrator:cache:";

  private static final Logger LOG = LoggerFactory.getLogger(CachedEntities.class);

  /** Reads that are not written yet; of more than Redis takes, some are left out. */
  private static final int QUEUE = 1000;

  /** Likewise in bytes: an entity may have a megabyte, and a thousand of these are too many. */
  static final long QUEUE_BYTES = 32L << 20;

  private static final int CONNECTIONS = 32;

  /** For one of them, where all of a sudden everybody needs one. */
  private static final Duration TURN = Duration.ofSeconds(1);

  private static final CircuitBreakerConfig BREAKER =
      CircuitBreakerConfig.custom()
          .slidingWindowSize(10)
          .minimumNumberOfCalls(3)
          .failureRateThreshold(50)
          .waitDurationInOpenState(Duration.ofSeconds(3))
          // By a timer, for the wall clock may be put back.
          .enableAutomaticTransitionFromOpenToHalfOpen()
          .permittedNumberOfCallsInHalfOpenState(1)
          .recordExceptions(JedisException.class)
          .build();

  private static final String KEEP =
      """
      local known = tonumber(redis.call('HGET', KEYS[1], 'entity_version') or '0')
      if known > tonumber(ARGV[1]) then return 0 end
      redis.call('HSET', KEYS[1], 'entity_version', ARGV[1], 'json', ARGV[2],
        'stored_at', redis.call('TIME')[1])
      redis.call('EXPIRE', KEYS[1], ARGV[3])
      return 1
      """;

  private static final String LEAVE_BEHIND =
      """
      local known = tonumber(redis.call('HGET', KEYS[1], 'entity_version') or '0')
      if known >= tonumber(ARGV[1]) then return 0 end
      redis.call('HSET', KEYS[1], 'entity_version', ARGV[1])
      redis.call('EXPIRE', KEYS[1], ARGV[2])
      return redis.call('HDEL', KEYS[1], 'json', 'stored_at')
      """;

  private static final String FIND =
      """
      local found = redis.call('HMGET', KEYS[1], 'json', 'stored_at')
      if not found[1] then return false end
      return {found[1], math.max(0, redis.call('TIME')[1] - found[2])}
      """;

  /** How far each partition has been followed; a slower worker takes nothing back. */
  private static final String FOLLOWED =
      """
      for i = 1, #ARGV, 2 do
        if tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or '-1') < tonumber(ARGV[i + 1]) then
          redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
        end
      end
      """;

  private static final String NOW = "return redis.call('TIME')[1]";

  /**
   * An entity as it was last seen.
   *
   * @param json its versioned fields, a JSON object
   * @param age since when nobody has asked the database
   */
  record Seen(String json, Duration age) {}

  /**
   * How far a log was followed.
   *
   * @param offsets the next offset of each partition, as far as known
   * @param oldest when the oldest was stored that there can be, by Redis's clock
   */
  record Followed(Map<Integer, Long> offsets, Instant oldest) {}

  private final RedisClient redis;
  private final Duration ttl;
  private final Duration latestRead;
  private final CircuitBreaker circuit;
  private final ThreadPoolExecutor writer;
  private final AtomicLong queuedBytes = new AtomicLong();
  private final Counter hits;
  private final Counter misses;
  private final Counter failedReads;
  private final Counter kept;
  private final Counter older;
  private final Counter failedWrites;
  private final Counter dropped;
  private final Counter invalidations;

  /**
   * Connects when it is first needed.
   *
   * @param latestRead longer than any read takes, the lag of a replica included
   * @throws IllegalArgumentException if the URL has another form than {@link RedisAddress} says
   */
  CachedEntities(
      String redisUrl, CacheProperties properties, Duration latestRead, MeterRegistry meters) {
    RedisAddress address = RedisAddress.parse("CACHE_REDIS_URL", redisUrl);
    int timeout = Math.toIntExact(properties.timeout().toMillis());
    ConnectionPoolConfig pool = new ConnectionPoolConfig();
    pool.setMaxTotal(CONNECTIONS);
    pool.setMaxIdle(CONNECTIONS);
    pool.setMaxWait(TURN);
    pool.setJmxEnabled(false);
    this.redis =
        RedisClient.builder()
            .hostAndPort(address.server())
            .clientConfig(address.client(timeout, timeout))
            .poolConfig(pool)
            .build();
    this.ttl = properties.ttl();
    this.latestRead = latestRead;
    CircuitBreakerRegistry circuits = CircuitBreakerRegistry.of(BREAKER);
    this.circuit = circuits.circuitBreaker("cache");
    TaggedCircuitBreakerMetrics.ofCircuitBreakerRegistry(circuits).bindTo(meters);
    circuit.getEventPublisher().onStateTransition(event -> tell(event.getStateTransition()));
    this.hits = reads(meters, "hit");
    this.misses = reads(meters, "miss");
    this.failedReads = reads(meters, "failed");
    this.kept = writes(meters, "kept");
    this.older = writes(meters, "older");
    this.failedWrites = writes(meters, "failed");
    this.dropped = writes(meters, "dropped");
    this.invalidations =
        Counter.builder("orchestrator.cache.invalidations")
            .description("Cached entities that the log has left behind")
            .register(meters);
    this.writer =
        new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(QUEUE),
            Thread.ofPlatform().daemon().name("cache-writer").factory());
    writer.allowCoreThreadTimeOut(true);
  }

  private static Counter reads(MeterRegistry meters, String outcome) {
    return Counter.builder("orchestrator.cache.reads")
        .description("Reads that asked the cache because the database is away")
        .tag("outcome", outcome)
        .register(meters);
  }

  private static Counter writes(MeterRegistry meters, String outcome) {
    return Counter.builder("orchestrator.cache.writes")
        .description("Reads that the database answered, and what became of them in the cache")
        .tag("outcome", outcome)
        .register(meters);
  }

  /** Finds an entity; empty also where Redis cannot say. */
  Optional<Seen> find(EntityType type, UUID id) {
    List<String> key = List.of(key(type.value(), id));
    try {
      Object found = ask(() -> redis.eval(FIND, key, List.of()));
      (found == null ? misses : hits).increment();
      return Optional.ofNullable(found).map(CachedEntities::seen);
    } catch (RedisAwayException e) {
      failedReads.increment();
      return Optional.empty();
    }
  }

  private static Seen seen(Object answer) {
    List<?> parts = (List<?>) answer;
    return new Seen(
        String.valueOf(parts.get(0)),
        Duration.ofSeconds(Long.parseLong(String.valueOf(parts.get(1)))));
  }

  /**
   * Keeps an entity, later, unless a newer version of it is known, or too much waits already.
   *
   * @param bytes about how much memory it takes until then
   * @param json its versioned fields, made when they are needed
   */
  void keep(EntityType type, UUID id, long version, long bytes, Supplier<String> json) {
    if (queuedBytes.addAndGet(bytes) > QUEUE_BYTES) {
      queuedBytes.addAndGet(-bytes);
      dropped.increment();
      return;
    }
    try {
      writer.execute(
          () -> {
            try {
              keepNow(type, id, version, json.get());
            } finally {
              queuedBytes.addAndGet(-bytes);
            }
          });
    } catch (RejectedExecutionException e) {
      queuedBytes.addAndGet(-bytes);
      dropped.increment();
    }
  }

  private void keepNow(EntityType type, UUID id, long version, String json) {
    List<String> values = List.of(Long.toString(version), json, Long.toString(ttl.toSeconds()));
    try {
      Object answer = ask(() -> redis.eval(KEEP, List.of(key(type.value(), id)), values));
      (Long.valueOf(1).equals(answer) ? kept : older).increment();
    } catch (RedisAwayException e) {
      failedWrites.increment();
    }
  }

  /**
   * Leaves behind what is older than these versions, and then notes how far the log was followed.
   *
   * @param log the topic
   * @param next the next offset of each partition
   * @throws RedisAwayException if Redis cannot do so now; then all of it has to be done again
   */
  void leaveBehind(Map<ChangedEntity.Key, Long> versions, String log, Map<Integer, Long> next)
      throws RedisAwayException {
    long left =
        ask(
            () -> {
              List<Response<Object>> answers = new ArrayList<>(versions.size());
              try (AbstractPipeline pipeline = redis.pipelined()) {
                versions.forEach(
                    (entity, version) -> answers.add(leaveBehind(pipeline, entity, version)));
                pipeline.sync();
              }
              // One that failed throws here, before the log counts as followed.
              long count =
                  answers.stream().filter(answer -> !Long.valueOf(0).equals(answer.get())).count();
              redis.eval(FOLLOWED, List.of(position(log)), offsets(next));
              return count;
            });
    invalidations.increment((double) left);
  }

  private Response<Object> leaveBehind(
      AbstractPipeline pipeline, ChangedEntity.Key entity, long version) {
    return pipeline.eval(
        LEAVE_BEHIND,
        List.of(key(entity.type(), entity.id())),
        List.of(Long.toString(version), Long.toString(latestRead.toSeconds())));
  }

  private static List<String> offsets(Map<Integer, Long> next) {
    List<String> offsets = new ArrayList<>();
    next.forEach(
        (partition, offset) -> {
          offsets.add(Integer.toString(partition));
          offsets.add(Long.toString(offset));
        });
    return offsets;
  }

  /**
   * Tells how far a log was followed, by whichever worker got farthest.
   *
   * @param log the topic
   * @throws RedisAwayException if Redis cannot tell now
   */
  Followed followed(String log) throws RedisAwayException {
    return ask(
        () -> {
          Map<Integer, Long> offsets = new HashMap<>();
          redis
              .hgetAll(position(log))
              .forEach(
                  (partition, offset) ->
                      offsets.put(Integer.valueOf(partition), Long.valueOf(offset)));
          long seconds = Long.parseLong(String.valueOf(redis.eval(NOW)));
          return new Followed(offsets, Instant.ofEpochSecond(seconds).minus(ttl));
        });
  }

  private static String key(String type, UUID id) {
    return PREFIX + type + ":" + id;
  }

  private static String position(String log) {
    return PREFIX + "followed:" + log;
  }

  private <T extends @Nullable Object> T ask(Supplier<T> question) throws RedisAwayException {
    try {
      return circuit.executeSupplier(question);
    } catch (CallNotPermittedException e) {
      throw new RedisAwayException(e);
    } catch (JedisException e) {
      LOG.debug("Redis does not answer", e);
      // The others are as old, and each would have to be found broken by somebody.
      redis.getPool().clear();
      throw new RedisAwayException(e);
    }
  }

  private static void tell(StateTransition transition) {
    if (transition == StateTransition.CLOSED_TO_OPEN) {
      LOG.warn("The cache cannot be used; nothing but reads of a database that is away needs it");
    } else if (transition == StateTransition.HALF_OPEN_TO_CLOSED) {
      LOG.info("The cache can be used again");
    }
  }

  /** What is not written yet is left out. */
  @Override
  public void close() {
    writer.shutdownNow();
    redis.close();
  }

  /** Redis did not answer in time, or refused. */
  static final class RedisAwayException extends Exception {
    RedisAwayException(RuntimeException cause) {
      super("Redis cannot be used now.", cause);
    }
  }
}
