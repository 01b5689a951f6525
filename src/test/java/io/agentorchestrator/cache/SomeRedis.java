package io.agentorchestrator.cache;

import io.agentorchestrator.local.ReservedPort;
import java.io.IOException;
import java.io.UncheckedIOException;
import redis.clients.jedis.RedisClient;
import redis.embedded.RedisServer;

/** A real Redis on 127.0.0.1, empty at each start, on a port it keeps. */
public final class SomeRedis implements AutoCloseable {

  private final ReservedPort port = ReservedPort.take();
  private RedisServer server;

  private SomeRedis() {
    server = started();
  }

  /** Starts one. */
  public static SomeRedis start() {
    return new SomeRedis();
  }

  private RedisServer started() {
    try {
      RedisServer started =
          RedisServer.newRedisServer()
              .port(port.number())
              .bind("127.0.0.1")
              .setting("save \"\"")
              .build();
      started.start();
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As {@code CACHE_REDIS_URL} takes it. */
  public String url() {
    return "redis://127.0.0.1:" + port.number();
  }

  /** A client of the test's own. */
  public RedisClient client() {
    return RedisClient.create("127.0.0.1", port.number());
  }

  /** Ends it; who is connected notices. */
  public void stop() {
    try {
      server.stop();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts it again, with nothing in it. */
  public void startAgain() {
    server = started();
  }

  @Override
  public void close() {
    stop();
    port.close();
  }
}
