package io.agentorchestrator.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import redis.clients.jedis.Jedis;
import redis.embedded.RedisServer;

/** A Redis server on this machine, which keeps nothing. */
public final class LocalRedis implements AutoCloseable {

  private static final String PASSWORD = "opensesame";

  private final ReservedPort port;
  private final RedisServer server;

  private LocalRedis(ReservedPort port, RedisServer server) {
    this.port = port;
    this.server = server;
  }

  /** Starts one. */
  public static LocalRedis start() {
    try {
      ReservedPort port = ReservedPort.take();
      RedisServer server =
          RedisServer.newRedisServer()
              .bind("127.0.0.1")
              .port(port.number())
              .setting("save \"\"")
              .setting("appendonly no")
              .setting("requirepass " + PASSWORD)
              .build();
      server.start();
      return new LocalRedis(port, server);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Its address, password included, as {@code REDIS_URL} takes it. */
  public String url() {
    return url("127.0.0.1", 0);
  }

  /** Likewise, by another name of this machine and for another database. */
  public String url(String host, int database) {
    return "redis://:%s@%s:%d/%d".formatted(PASSWORD, host, port.number(), database);
  }

  /** A connection to it. */
  public Jedis connect() {
    return new Jedis(URI.create(url()));
  }

  /** All fields of a hash, as text. */
  public Map<String, String> hash(String key) {
    try (Jedis redis = connect()) {
      return new HashMap<>(redis.hgetAll(key));
    }
  }

  /** Sets a field of a hash. */
  public void put(String key, String field, String value) {
    try (Jedis redis = connect()) {
      redis.hset(key, field, value);
    }
  }

  /** Sets a field of a hash to any bytes. */
  public void put(String key, String field, byte[] value) {
    try (Jedis redis = connect()) {
      redis.hset(
          key.getBytes(StandardCharsets.UTF_8), field.getBytes(StandardCharsets.UTF_8), value);
    }
  }

  @Override
  public void close() {
    try {
      server.stop();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      port.close();
    }
  }
}
