package io.agentorchestrator.redis;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.SslVerifyMode;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.util.JedisURIHelper;

/**
 * Where a Redis is: {@code redis://user:password@host:port/database}, or {@code rediss://…}. As
 * text it has no user and no password, so that it may stand in reports and in the log.
 */
public final class RedisAddress {

  private static final int DEFAULT_PORT = 6379;
  private static final int CONNECT_MILLIS = 5_000;
  private static final int ANSWER_MILLIS = 30_000;

  /** The server's certificate has to be one that the JVM trusts, and of this host. */
  private static final SslOptions VERIFIED =
      SslOptions.builder().sslVerifyMode(SslVerifyMode.FULL).build();

  private static final Pattern DATABASE = Pattern.compile("/?|/[0-9]{1,5}");

  private final boolean tls;
  private final String host;
  private final int port;
  private final int database;
  private final @Nullable String user;
  private final @Nullable String password;

  private RedisAddress(URI uri) {
    this.tls = uri.getScheme().equalsIgnoreCase("rediss");
    this.host = uri.getHost();
    this.port = uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort();
    String path = uri.getPath() == null ? "" : uri.getPath();
    this.database = path.length() < 2 ? 0 : Integer.parseInt(path.substring(1));
    // The helper takes an absent user for none, and keeps the colons of a password.
    this.user = textOrNull(JedisURIHelper.getUser(uri));
    this.password = textOrNull(JedisURIHelper.getPassword(uri));
  }

  private static @Nullable String textOrNull(@Nullable String text) {
    return text == null || text.isEmpty() ? null : text;
  }

  /**
   * Takes a URL apart.
   *
   * @param name what the URL was given as, for the message
   * @throws IllegalArgumentException if it has another form; the message never quotes it
   */
  public static RedisAddress parse(String name, String url) {
    String expected = "expected redis://user:password@host:port/database or rediss://…";
    try {
      URI uri = new URI(url.strip());
      String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
      if (!scheme.equals("redis") && !scheme.equals("rediss")) {
        throw new IllegalArgumentException(
            "%s: the scheme is another; %s".formatted(name, expected));
      }
      if (uri.getHost() == null || uri.getPort() > 65_535) {
        throw new IllegalArgumentException(
            "%s: the host or the port is missing or none; %s".formatted(name, expected));
      }
      if (!DATABASE.matcher(String.valueOf(uri.getPath())).matches()) {
        throw new IllegalArgumentException(
            "%s: the database is no number; %s".formatted(name, expected));
      }
      return new RedisAddress(uri);
    } catch (URISyntaxException e) {
      // Its message would quote the whole URL, password and all.
      throw new IllegalArgumentException(
          "%s: no URL, at character %d; %s".formatted(name, e.getIndex(), expected));
    }
  }

  /** Where the server listens. */
  public HostAndPort server() {
    return new HostAndPort(host, port);
  }

  /**
   * How a client is to behave: who it is, which database it means, and how it is encrypted. It asks
   * nothing of its own when it connects, for each question more could take its time.
   *
   * @param connectMillis what a connection may take
   * @param answerMillis what each answer may take
   */
  public DefaultJedisClientConfig client(int connectMillis, int answerMillis) {
    return DefaultJedisClientConfig.builder()
        .connectionTimeoutMillis(connectMillis)
        .socketTimeoutMillis(answerMillis)
        .sslOptions(tls ? VERIFIED : null)
        .user(user)
        .password(password)
        .database(database)
        .resp2()
        .autoNegotiateProtocol(false)
        .clientSetInfoConfig(ClientSetInfoConfig.DISABLED)
        .build();
  }

  /** Opens a connection, which may take 5 s, and each answer 30 s; the caller closes it. */
  public Jedis connect() {
    return connect(CONNECT_MILLIS, ANSWER_MILLIS);
  }

  /**
   * Likewise, for whoever cannot wait as long.
   *
   * @param connectMillis what the connection may take
   * @param answerMillis what each answer may take
   * @throws redis.clients.jedis.exceptions.JedisConnectionException if it cannot be reached in time
   * @throws redis.clients.jedis.exceptions.JedisDataException if it refuses
   */
  public Jedis connect(int connectMillis, int answerMillis) {
    Jedis jedis = new Jedis(server(), client(connectMillis, answerMillis));
    try {
      jedis.connect();
      return jedis;
    } catch (RuntimeException e) {
      jedis.close();
      throw e;
    }
  }

  /**
   * Whether both mean the same database, by whatever name and way: the servers say who they are,
   * and where one of them cannot be asked, the addresses do.
   */
  public boolean isSameAs(RedisAddress other) {
    if (database != other.database) {
      return false;
    }
    return (port == other.port && overlap(other)) || isSameServer(other);
  }

  private boolean overlap(RedisAddress other) {
    Set<Object> ours = addresses(host);
    ours.retainAll(addresses(other.host));
    return !ours.isEmpty();
  }

  private boolean isSameServer(RedisAddress other) {
    try {
      return runId().equals(other.runId());
    } catch (JedisException e) {
      return false;
    }
  }

  private String runId() {
    try (Jedis jedis = connect()) {
      Matcher run = Pattern.compile("run_id:(\\w+)").matcher(jedis.info("server"));
      return run.find() ? run.group(1) : toString();
    }
  }

  private static Set<Object> addresses(String host) {
    try {
      return new HashSet<>(Arrays.asList((Object[]) InetAddress.getAllByName(host)));
    } catch (UnknownHostException e) {
      return new HashSet<>(Set.of(host.toLowerCase(Locale.ROOT)));
    }
  }

  @Override
  public String toString() {
    return "%s://%s:%d/%d".formatted(tls ? "rediss" : "redis", host, port, database);
  }
}
