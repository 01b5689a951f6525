package io.agentorchestrator.services;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The rules for URLs that are asked, be they configured or redirected to: absolute, http or https,
 * with a host that is a name or an address in its usual notation, and without a user. Other
 * notations of addresses (decimal, octal, hexadecimal, short) are refused, so that nobody further
 * down gets to read one in a way of his own.
 */
final class ServiceUrl {

  private static final int LONGEST = 500;

  /** What a reader may take for a notation of an IPv4 address, as browsers define it. */
  private static final Pattern ENDS_IN_A_NUMBER =
      Pattern.compile("(?:.*\\.)?(?:\\d+|0[xX][0-9a-fA-F]*)\\.?");

  private static final Pattern IPV4 =
      Pattern.compile("(?:0|[1-9]\\d{0,2})(?:\\.(?:0|[1-9]\\d{0,2})){3}");

  private ServiceUrl() {}

  /**
   * Reads one. What is wrong is told without the URL, which may carry a password.
   *
   * @throws IllegalArgumentException if it cannot be asked
   */
  static URI of(String text) {
    URI url = parse(text);
    if (url.getRawFragment() != null) {
      throw new IllegalArgumentException("Expected a URL without a fragment.");
    }
    return checked(url);
  }

  /**
   * Where a redirect leads.
   *
   * @param from the URL that was asked
   * @param location the header of the answer
   * @throws IllegalArgumentException if it may not be followed
   */
  static URI redirected(URI from, String location) {
    URI to = checked(from.resolve(parse(location)));
    if (isHttps(from) && !isHttps(to)) {
      throw new IllegalArgumentException("Expected no redirect from https to http.");
    }
    return to;
  }

  /** Whether two URLs have scheme, host and port in common. */
  static boolean isSameOrigin(URI one, URI other) {
    return one.getScheme().equalsIgnoreCase(other.getScheme())
        && one.getHost().equalsIgnoreCase(other.getHost())
        && port(one) == port(other);
  }

  private static URI parse(String text) {
    if (text.length() > LONGEST || text.chars().anyMatch(c -> c <= ' ' || c > '~')) {
      throw new IllegalArgumentException(
          "Expected a URL of at most %d printable ASCII characters.".formatted(LONGEST));
    }
    try {
      return new URI(text);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("Expected a URL, but it is none.");
    }
  }

  private static URI checked(URI url) {
    String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
    if (!scheme.equals("http") && !scheme.equals("https")) {
      throw new IllegalArgumentException("Expected an absolute http or https URL.");
    }
    if (url.getRawUserInfo() != null) {
      throw new IllegalArgumentException("Expected a URL without a user.");
    }
    if (url.getHost() == null || url.getPort() == 0 || url.getPort() > 65535) {
      throw new IllegalArgumentException("Expected a URL with a host, and a port if any.");
    }
    if (ENDS_IN_A_NUMBER.matcher(url.getHost()).matches()
        && !IPV4.matcher(url.getHost()).matches()) {
      throw new IllegalArgumentException("Expected an address to be written as four numbers.");
    }
    return url;
  }

  private static boolean isHttps(URI url) {
    return url.getScheme().equalsIgnoreCase("https");
  }

  private static int port(URI url) {
    return url.getPort() >= 0 ? url.getPort() : isHttps(url) ? 443 : 80;
  }
}
