package io.agentorchestrator.cache;

import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.SslVerifyMode;
import redis.clients.jedis.util.JedisURIHelper;

/**
 * Where a Redis is and who asks it: {@code redis://user:password@host:port/database}, all but the
 * host optional, or {@code rediss://…} over TLS.
 */
final class RedisUrl {

  private static final int DEFAULT_PORT = 6379;

  private final URI uri;

  private RedisUrl(URI uri) {
    this.uri = uri;
  }

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException if it has another form; the message quotes nothing of it, for
   *     it may carry a password
   */
  static RedisUrl parse(String url) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw unexpected("it is none at character %d".formatted(e.getIndex()));
    }
    if (!"redis".equals(uri.getScheme()) && !"rediss".equals(uri.getScheme())) {
      throw unexpected("its scheme is another");
    }
    if (uri.getHost() == null) {
      throw unexpected("the host is missing");
    }
    if (uri.getPath() != null && !uri.getPath().matches("/?|/[0-9]{1,5}")) {
      throw unexpected("the database is no number");
    }
    return new RedisUrl(uri);
  }

  private static IllegalArgumentException unexpected(String what) {
    return new IllegalArgumentException(
        "CACHE_REDIS_URL: Expected redis://user:password@host:port/database or rediss://…, but %s."
            .formatted(what));
  }

  HostAndPort address() {
    return new HostAndPort(uri.getHost(), uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort());
  }

  /**
   * How a client is to behave. It asks nothing of its own when it connects: each question more
   * could take its time.
   *
   * @param timeoutMillis for a connection, and for an answer
   */
  DefaultJedisClientConfig client(int timeoutMillis) {
    return DefaultJedisClientConfig.builder()
        .resp2()
        .clientSetInfoConfig(ClientSetInfoConfig.DISABLED)
        .timeoutMillis(timeoutMillis)
        .user(textOrNull(JedisURIHelper.getUser(uri)))
        .password(textOrNull(JedisURIHelper.getPassword(uri)))
        .database(JedisURIHelper.getDBIndex(uri))
        .sslOptions(JedisURIHelper.isRedisSSLScheme(uri) ? verifiedTls() : null)
        .build();
  }

  /** By a certificate that the JVM trusts, and that names the host. */
  private static SslOptions verifiedTls() {
    return SslOptions.builder().sslVerifyMode(SslVerifyMode.FULL).build();
  }

  private static @Nullable String textOrNull(@Nullable String text) {
    return text == null || text.isEmpty() ? null : text;
  }
}
