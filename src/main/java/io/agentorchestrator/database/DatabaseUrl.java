package io.agentorchestrator.database;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A {@code DATABASE_URL} in any of its forms, taken apart: {@code postgresql://user:pass@host/db},
 * {@code postgresql+asyncpg://…} (of the service this one replaces) and {@code
 * jdbc:postgresql://…}.
 *
 * @param jdbcUrl the URL for the driver, without user and password
 * @param username the user, or null where the URL does not say
 * @param password the password, or null likewise
 */
record DatabaseUrl(String jdbcUrl, @Nullable String username, @Nullable String password) {

  private static final String EXPECTED =
      "expected postgresql://user:password@host:port/database, postgresql+asyncpg://… or"
          + " jdbc:postgresql://…";

  /**
   * Takes a URL apart.
   *
   * @throws IllegalArgumentException if it has another form; the message names the part and never
   *     the password
   */
  static DatabaseUrl parse(String url) {
    URI uri = uri(url);
    String host = uri.getHost();
    if (host == null) {
      throw new IllegalArgumentException("DATABASE_URL: the host is missing; " + EXPECTED);
    }
    String path = uri.getPath() == null ? "" : uri.getPath();
    if (path.length() < 2 || path.indexOf('/', 1) >= 0) {
      throw new IllegalArgumentException("DATABASE_URL: the database is missing; " + EXPECTED);
    }
    String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    int port = uri.getPort() < 0 ? 5432 : uri.getPort();
    String userInfo = uri.getRawUserInfo();
    String[] user = userInfo == null ? new String[0] : userInfo.split(":", 2);
    return new DatabaseUrl(
        "jdbc:postgresql://" + host + ":" + port + uri.getRawPath() + query,
        user.length > 0 ? decoded(user[0]) : null,
        user.length > 1 ? decoded(user[1]) : null);
  }

  private static URI uri(String url) {
    String plain = url.startsWith("jdbc:") ? url.substring("jdbc:".length()) : url;
    try {
      URI uri = new URI(plain);
      String scheme = String.valueOf(uri.getScheme());
      boolean known =
          scheme.equals("postgresql") || (scheme.equals("postgresql+asyncpg") && plain.equals(url));
      if (!known) {
        throw new IllegalArgumentException("DATABASE_URL: the scheme is another; " + EXPECTED);
      }
      return uri;
    } catch (URISyntaxException e) {
      // Its message would quote the whole URL, password and all.
      throw new IllegalArgumentException(
          "DATABASE_URL: no URL, at character %d; %s".formatted(e.getIndex(), EXPECTED));
    }
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return jdbcUrl;
  }
}
