package io.agentorchestrator.services;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.ClientProtocolException;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.config.TlsConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.io.HttpClientConnectionManager;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.MalformedChunkCodingException;
import org.apache.hc.core5.http.MessageConstraintException;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * Asks one service once. It has a client of its own, which ends with it: no connection, cookie or
 * address is left for the next probe, and what it resolves is what it connects to, hop by hop.
 * Whoever runs it sees to the time as a whole, by {@link #cancel}: time-outs of sockets count from
 * byte to byte, and a server may take its time between them for ever.
 */
final class Probe {

  /** Of a body; the rest is left unread, and nothing is kept. */
  static final int MOST_BYTES = 64 << 10;

  private static final Http1Config BOUNDS =
      Http1Config.custom()
          .setMaxHeaderCount(100)
          .setMaxLineLength(8 << 10)
          .setMaxEmptyLineCount(10)
          .build();

  /** How a host's name is looked up. */
  interface Names {
    InetAddress[] addresses(String host) throws UnknownHostException;
  }

  private final MonitoredService service;
  private final Names names;
  private final TlsSocketStrategy tls;
  private final String userAgent;
  private final long start = System.nanoTime();
  private boolean canceled;
  private @Nullable HttpGet current;

  Probe(MonitoredService service, Names names, TlsSocketStrategy tls, String userAgent) {
    this.service = service;
    this.names = names;
    this.tls = tls;
    this.userAgent = userAgent;
  }

  /** What came back: a status, and where it redirects to, if it does. */
  private record Answer(int status, @Nullable String location) {

    boolean isRedirect() {
      return location != null
          && switch (status) {
            case 301, 302, 303, 307, 308 -> true;
            default -> false;
          };
    }
  }

  /** The host has none but addresses that may not be asked. */
  private static final class ForbiddenAddressException extends UnknownHostException {
    private static final long serialVersionUID = 1;
  }

  /** Asks, and says how that went, whatever happens. */
  Observation run() {
    try (CloseableHttpClient client = client()) {
      return follow(client);
    } catch (IOException e) {
      return failed(e);
    }
  }

  /** Ends it, from any thread: its connection is closed, and it fails soon. */
  void cancel() {
    HttpGet request;
    synchronized (this) {
      canceled = true;
      request = current;
    }
    if (request != null) {
      request.cancel();
    }
  }

  private synchronized HttpGet next(HttpGet request) throws InterruptedIOException {
    if (canceled) {
      throw new InterruptedIOException();
    }
    current = request;
    return request;
  }

  private Observation follow(CloseableHttpClient client) throws IOException {
    URI url = service.target();
    for (int hops = 0; ; hops++) {
      Answer answer = ask(client, url);
      if (service.expectedStatus().contains(answer.status())) {
        return Observation.answered(service, took());
      }
      String location = answer.location();
      if (service.maxRedirects() == 0 || location == null || !answer.isRedirect()) {
        return Observation.unexpected(service, answer.status(), took());
      }
      if (hops == service.maxRedirects()) {
        return Observation.failed(
            Outcome.BAD_REDIRECT,
            "It redirects more than %d times.".formatted(service.maxRedirects()),
            took());
      }
      try {
        url = ServiceUrl.redirected(url, location);
      } catch (IllegalArgumentException e) {
        return Observation.failed(
            Outcome.BAD_REDIRECT, "It redirects to what may not be followed.", took());
      }
    }
  }

  private Answer ask(CloseableHttpClient client, URI url) throws IOException {
    HttpGet request = next(new HttpGet(url));
    request.setHeader(HttpHeaders.ACCEPT, "*/*");
    request.setHeader(HttpHeaders.CONNECTION, "close");
    if (ServiceUrl.isSameOrigin(url, service.target())) {
      service.headers().forEach(request::setHeader);
    }
    try (ClassicHttpResponse response = client.executeOpen(null, request, null)) {
      try {
        Header location = response.getFirstHeader(HttpHeaders.LOCATION);
        Answer answer =
            new Answer(response.getCode(), location == null ? null : location.getValue());
        if (!answer.isRedirect()) {
          read(response.getEntity());
        }
        return answer;
      } finally {
        // Closing a response would read it to its end first, however long that is.
        request.cancel();
      }
    }
  }

  private static void read(@Nullable HttpEntity entity) throws IOException {
    if (entity == null) {
      return;
    }
    InputStream body = entity.getContent();
    byte[] buffer = new byte[8 << 10];
    int read = 0;
    for (int some = 0; some >= 0 && read < MOST_BYTES; read += some) {
      some = body.read(buffer);
    }
  }

  private Observation failed(IOException failure) {
    return switch (failure) {
      case ForbiddenAddressException e ->
          Observation.failed(
              Outcome.FORBIDDEN_ADDRESS, "It is at an address that may not be asked.", took());
      case UnknownHostException e ->
          Observation.failed(Outcome.UNRESOLVED, "Its host's name has no address.", took());
      case InterruptedIOException e -> Observation.timedOut(service);
      case SSLException e ->
          Observation.failed(
              Outcome.TLS_FAILED, "Its certificate or its TLS is not to be trusted.", took());
      case NoHttpResponseException e -> unreachable();
      case ConnectionClosedException e -> unreachable();
      default ->
          isOfHttp(failure)
              ? Observation.failed(
                  Outcome.BAD_ANSWER, "Its answer is not HTTP, or is out of bounds.", took())
              : unreachable();
    };
  }

  private Observation unreachable() {
    return Observation.failed(
        Outcome.UNREACHABLE, "No connection, or one that broke before the answer's end.", took());
  }

  /** Whether what came over a connection that held was no answer. */
  private static boolean isOfHttp(IOException failure) {
    return failure.getCause() instanceof HttpException
        || failure instanceof ClientProtocolException
        || failure instanceof MalformedChunkCodingException
        || failure instanceof MessageConstraintException;
  }

  private Duration took() {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private CloseableHttpClient client() {
    Timeout longest = Timeout.of(service.timeout());
    // Though it needs no pool: one for a single connection is locked while that connects, which
    // whoever cancels would wait for.
    HttpClientConnectionManager connections =
        PoolingHttpClientConnectionManagerBuilder.create()
            .setDnsResolver(new Guard(names, service.addresses()))
            .setTlsSocketStrategy(tls)
            .setConnectionFactory(
                ManagedHttpClientConnectionFactory.builder().http1Config(BOUNDS).build())
            .setDefaultConnectionConfig(
                ConnectionConfig.custom()
                    .setConnectTimeout(longest)
                    .setSocketTimeout(longest)
                    .build())
            .setDefaultTlsConfig(TlsConfig.custom().setHandshakeTimeout(longest).build())
            .build();
    return HttpClientBuilder.create()
        .setConnectionManager(connections)
        .setDefaultRequestConfig(
            RequestConfig.custom()
                .setAuthenticationEnabled(false)
                .setProtocolUpgradeEnabled(false)
                .setResponseTimeout(longest)
                .build())
        .setConnectionReuseStrategy((request, response, context) -> false)
        .setUserAgent(userAgent)
        .disableAuthCaching()
        .disableAutomaticRetries()
        .disableConnectionState()
        .disableContentCompression()
        .disableCookieManagement()
        .disableRedirectHandling()
        .build();
  }

  /**
   * Resolves to addresses that may be asked, and to nothing else. The client connects to what this
   * returns, so there is no second look-up that could tell otherwise.
   */
  private record Guard(Names names, AddressPolicy policy) implements DnsResolver {

    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
      InetAddress[] all = names.addresses(host);
      InetAddress[] allowed = Arrays.stream(all).filter(policy::allows).toArray(InetAddress[]::new);
      // Nothing would mean to the client that it may look the name up by itself.
      if (allowed.length == 0) {
        throw all.length == 0 ? new UnknownHostException() : new ForbiddenAddressException();
      }
      return allowed;
    }

    @Override
    public String resolveCanonicalHostname(String host) {
      return host;
    }
  }
}
