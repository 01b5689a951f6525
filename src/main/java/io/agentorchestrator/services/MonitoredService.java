package io.agentorchestrator.services;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * A service to be monitored, as it is configured under {@code orchestrator.services[*]}. Its name
 * is what it is known by: another name is another service.
 *
 * @param name 3 to 255 characters, none of them a control character
 * @param url http or https, at most 500 characters; it is shown, so it carries no secret
 * @param interval from one probe to the next, 1 s to 1 hour, default 30 s
 * @param timeout for the whole of a probe, redirects and all, 100 ms to 60 s, default 5 s; at most
 *     the interval
 * @param failureThreshold so many bad probes in a row make it worse, 1 to 10, default 3
 * @param successThreshold so many good ones make it better, 1 to 10, default 2
 * @param expectedStatus the status of a good answer, such as {@code 204} or {@code 200-299}, the
 *     default
 * @param slowThreshold an answer that takes longer is slow, 1 ms up to less than the timeout; none
 *     is by default
 * @param maxRedirects how many redirects are followed, 0 to 5, default 0
 * @param allowedNetworks networks it may be in besides the public ones, at most 20; within
 *     127.0.0.0/8, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, ::1/128 and fc00::/7
 * @param headers sent with each request to the URL's own origin, at most 20; never shown or logged
 */
record MonitoredService(
    @NotBlank @Pattern(regexp = "\\P{Cntrl}{3,255}") String name,
    @NotNull String url,
    @DurationMin(seconds = 1) @DurationMax(hours = 1) @DefaultValue("30s") Duration interval,
    @DurationMin(millis = 100) @DurationMax(seconds = 60) @DefaultValue("5s") Duration timeout,
    @Min(1) @Max(10) @DefaultValue("3") int failureThreshold,
    @Min(1) @Max(10) @DefaultValue("2") int successThreshold,
    @DefaultValue("200-299") StatusRange expectedStatus,
    @DurationMin(millis = 1) @Nullable Duration slowThreshold,
    @Min(0) @Max(5) @DefaultValue("0") int maxRedirects,
    @Size(max = 20) @DefaultValue List<Network> allowedNetworks,
    @DefaultValue Map<String, String> headers) {

  private static final int MOST_HEADERS = 20;
  private static final int LONGEST_HEADER = 4096;
  private static final String HEADER_NAME = "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}";

  /** What belongs to the connection or the message is not for users. */
  private static final Set<String> OWN_HEADERS =
      Set.of(
          "connection",
          "content-length",
          "expect",
          "host",
          "keep-alive",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  /** The names of services make ids in this space. Never changed: services would lose theirs. */
  private static final UUID NAMESPACE = UUID.fromString("5a1f6d0c-7c1f-5d7e-9f0e-3b8f0c2a6e41");

  /**
   * Checks what does not stand in one component alone. No message tells a URL or a header's value,
   * which may be secret.
   *
   * @throws IllegalArgumentException if something cannot be
   */
  MonitoredService {
    if (url != null) {
      URI unused = ServiceUrl.of(url);
    }
    if (timeout.compareTo(interval) > 0) {
      throw new IllegalArgumentException(
          "Expected the timeout to be at most the interval of %s, but it is %s."
              .formatted(interval, timeout));
    }
    if (slowThreshold != null && slowThreshold.compareTo(timeout) >= 0) {
      throw new IllegalArgumentException(
          "Expected the slow-threshold to be less than the timeout of %s, but it is %s."
              .formatted(timeout, slowThreshold));
    }
    allowedNetworks = List.copyOf(allowedNetworks);
    AddressPolicy unusedPolicy = new AddressPolicy(allowedNetworks);
    headers = Map.copyOf(headers);
    checkHeaders(headers);
  }

  private static void checkHeaders(Map<String, String> headers) {
    if (headers.size() > MOST_HEADERS) {
      throw new IllegalArgumentException(
          "Expected at most %d headers, but there are %d.".formatted(MOST_HEADERS, headers.size()));
    }
    headers.forEach(
        (name, value) -> {
          if (!name.matches(HEADER_NAME) || OWN_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
            throw new IllegalArgumentException("%s is no header to be set.".formatted(name));
          }
          if (value.length() > LONGEST_HEADER || value.chars().anyMatch(c -> c < ' ' || c > '~')) {
            throw new IllegalArgumentException(
                "Expected the header %s to have at most %d printable ASCII characters."
                    .formatted(name, LONGEST_HEADER));
          }
        });
  }

  /** Returns the id that every worker knows it by: a UUID of version 5 of its name. */
  UUID id() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-1");
      digest.update(
          ByteBuffer.allocate(16)
              .putLong(NAMESPACE.getMostSignificantBits())
              .putLong(NAMESPACE.getLeastSignificantBits())
              .array());
      ByteBuffer hash = ByteBuffer.wrap(digest.digest(name.getBytes(StandardCharsets.UTF_8)));
      return new UUID(
          (hash.getLong() & ~0xF000L) | 0x5000L,
          (hash.getLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
  }

  /** Returns the URL, parsed. */
  URI target() {
    return ServiceUrl.of(url);
  }

  /** Returns at which addresses it may be asked. */
  AddressPolicy addresses() {
    return new AddressPolicy(allowedNetworks);
  }

  /** Returns how old what is known of it may get before it says little: three intervals. */
  Duration patience() {
    return interval.multipliedBy(3).plus(timeout);
  }

  /** Leaves out the headers, and the URL, which is somebody else's. */
  @Override
  public String toString() {
    return "MonitoredService[name=%s, interval=%s]".formatted(name, interval);
  }
}
