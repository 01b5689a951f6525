package io.agentorchestrator.database;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A {@code DATABASE_URL} in any of its forms, taken apart: {@code postgresql://user:pass@host/db},
 * {@code postgresql+asyncpg://…} (of the service this one replaces) and {@code
 * jdbc:postgresql://…}.
 *
 * @param jdbcUrl the URL for the driver, without user and password, and without a name for the
 *     application: by its name each session says what it is for
 * @param username the user, or null where the URL does not say
 * @param password the password, or null likewise
 */
record DatabaseUrl(String jdbcUrl, @Nullable String username, @Nullable String password) {

  private static final int DEFAULT_PORT = 5432;
  private static final int MAX_PORT = 65_535;
  private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");
  private static final String EXPECTED =
      "expected postgresql://user:password@host:port/database, postgresql+asyncpg://… or"
          + " jdbc:postgresql://…";

  private static final String ASYNCPG = "postgresql+asyncpg";
  private static final String APPLICATION_NAME = "ApplicationName";

  /**
   * To that driver {@code ssl} is what {@code sslmode} is to others; ours would encrypt nothing.
   */
  private static final Pattern SSL_MODE =
      Pattern.compile("ssl=(disable|allow|prefer|require|verify-ca|verify-full)");

  /** What stands before, between and behind the colons and the at sign. */
  private static final Pattern AUTHORITY =
      Pattern.compile(
          "(?:(?<user>[^:]*)(?::(?<password>.*))?@)?(?<host>\\[.*]|[^:]*)(?::(?<port>.*))?");

  /**
   * Takes a URL apart. The driver's own parameters {@code user} and {@code password} count like
   * those before the host, and before them.
   *
   * @param variable where the URL is from, for the message
   * @throws IllegalArgumentException if it has another form; the message names the part and never
   *     the password
   */
  static DatabaseUrl parse(String variable, String url) {
    try {
      return parse(url);
    } catch (MalformedException e) {
      throw new IllegalArgumentException(variable + ": " + e.getMessage());
    }
  }

  private static DatabaseUrl parse(String url) throws MalformedException {
    URI uri = uri(url);
    boolean asyncpg = uri.getScheme().equals(ASYNCPG);
    // Not URI's own host, which knows no underscores; containers' names have them.
    String authority = uri.getRawAuthority() == null ? "" : uri.getRawAuthority();
    Matcher parts = AUTHORITY.matcher(authority);
    if (!parts.matches() || parts.group("host").isEmpty()) {
      throw new MalformedException("the host is missing; " + EXPECTED);
    }
    int port = port(parts.group("port"));
    String path = uri.getPath() == null ? "" : uri.getPath();
    if (path.length() < 2 || path.indexOf('/', 1) >= 0) {
      throw new MalformedException("the database is missing; " + EXPECTED);
    }
    String username = decoded(parts.group("user"));
    String password = decoded(parts.group("password"));
    StringJoiner query = new StringJoiner("&", "?", "").setEmptyValue("");
    String rawQuery = uri.getRawQuery();
    for (String parameter : rawQuery == null ? new String[0] : rawQuery.split("&")) {
      if (parameter.startsWith("user=")) {
        username = queryValue(parameter);
      } else if (parameter.startsWith("password=")) {
        password = queryValue(parameter);
      } else if (!name(parameter).equals(APPLICATION_NAME)) {
        query.add(
            asyncpg && SSL_MODE.matcher(parameter).matches()
                ? "sslmode" + parameter.substring(3)
                : parameter);
      }
    }
    return new DatabaseUrl(
        "jdbc:postgresql://" + parts.group("host") + ":" + port + uri.getRawPath() + query,
        username,
        password);
  }

  /**
   * Returns a parameter of the driver's as it is given to it, or null where the URL has none such.
   */
  @Nullable String parameter(String name) {
    String found = null;
    for (String each : parameters()) {
      if (name(each).equals(name)) {
        // The last one counts, as for the driver.
        found = each.equals(name) ? "" : queryValue(each);
      }
    }
    return found;
  }

  /**
   * Returns the URL for the driver without some parameters, for whoever says these: by itself the
   * driver goes by the URL, and not by what it is told besides.
   */
  String jdbcUrlWithout(Set<String> names) {
    StringJoiner query = new StringJoiner("&", "?", "").setEmptyValue("");
    for (String each : parameters()) {
      if (!names.contains(name(each))) {
        query.add(each);
      }
    }
    return withoutQuery() + query;
  }

  private String[] parameters() {
    int query = jdbcUrl.indexOf('?');
    return query < 0 ? new String[0] : jdbcUrl.substring(query + 1).split("&", -1);
  }

  private static String name(String parameter) {
    int equals = parameter.indexOf('=');
    return equals < 0 ? parameter : parameter.substring(0, equals);
  }

  private static int port(@Nullable String text) throws MalformedException {
    if (text == null || text.isEmpty()) {
      return DEFAULT_PORT;
    }
    int port = PORT.matcher(text).matches() ? Integer.parseInt(text) : 0;
    if (port < 1 || port > MAX_PORT) {
      throw new MalformedException("the port is no number from 1 to 65535; " + EXPECTED);
    }
    return port;
  }

  private static URI uri(String url) throws MalformedException {
    String plain = url.startsWith("jdbc:") ? url.substring("jdbc:".length()) : url;
    try {
      URI uri = new URI(plain);
      String scheme = String.valueOf(uri.getScheme());
      boolean known = scheme.equals("postgresql") || (scheme.equals(ASYNCPG) && plain.equals(url));
      if (!known) {
        throw new MalformedException("the scheme is another; " + EXPECTED);
      }
      return uri;
    } catch (URISyntaxException e) {
      // Its message would quote the whole URL, password and all.
      throw new MalformedException("no URL, at character %d; %s".formatted(e.getIndex(), EXPECTED));
    }
  }

  private static @Nullable String decoded(@Nullable String text) {
    return text == null
        ? null
        : URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /** As the driver reads it: here a plus is a space. */
  private static String queryValue(String parameter) {
    return URLDecoder.decode(
        parameter.substring(parameter.indexOf('=') + 1), StandardCharsets.UTF_8);
  }

  private String withoutQuery() {
    int query = jdbcUrl.indexOf('?');
    return query < 0 ? jdbcUrl : jdbcUrl.substring(0, query);
  }

  /** Leaves out the query, where secrets may stand too, such as {@code sslpassword}. */
  @Override
  public String toString() {
    return withoutQuery();
  }

  /** Names the part, and never the password. */
  private static final class MalformedException extends Exception {
    MalformedException(String message) {
      super(message);
    }
  }
}
