package io.agentorchestrator.services;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.agentorchestrator.services.Probe.Names;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Probes of real servers on this machine, which answer as no server should. */
class ProberTest {

  /** What a probe may take beyond its timeout. */
  private static final Duration MARGIN = Duration.ofSeconds(2);

  private static final MonitoringProperties TWO_AT_A_TIME =
      new MonitoringProperties(true, 2, Duration.ofSeconds(1), "tests/1");

  private final Queue<Map<String, List<String>>> requests = new ConcurrentLinkedQueue<>();
  private final Prober prober = new Prober(TWO_AT_A_TIME);
  private final HttpServer server;

  ProberTest() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
  }

  @BeforeEach
  void start() {
    answer("/ok", 200);
    server.start();
  }

  @AfterEach
  void stop() {
    prober.destroy();
    server.stop(0);
  }

  private void answer(String path, int status, String... headers) {
    server.createContext(
        path,
        exchange -> {
          requests.add(Map.copyOf(exchange.getRequestHeaders()));
          for (int i = 0; i < headers.length; i += 2) {
            exchange.getResponseHeaders().add(headers[i], headers[i + 1]);
          }
          send(exchange, status);
        });
  }

  private static void send(HttpExchange exchange, int status) throws IOException {
    try (exchange) {
      exchange.sendResponseHeaders(status, 2);
      exchange.getResponseBody().write(new byte[2]);
    }
  }

  private String url(String path) {
    return "http://127.0.0.1:%d%s".formatted(server.getAddress().getPort(), path);
  }

  private Observation probe(MonitoredService service) {
    return probe(prober, service);
  }

  private static Observation probe(Prober prober, MonitoredService service) {
    return prober.probe(service).orTimeout(20, TimeUnit.SECONDS).join();
  }

  @Test
  void asksOnceAndSaysWhoAsks() {
    Observation seen =
        probe(Services.at(url("/ok"), "headers.Authorization", "Bearer abc", "headers.X-One", "1"));

    assertThat(seen.outcome()).isEqualTo(Outcome.OK);
    assertThat(seen.error()).isNull();
    assertThat(seen.responseTime()).isPositive().isEqualTo(seen.took());
    assertThat(requests).hasSize(1);
    assertThat(requests.element())
        .containsEntry("User-agent", List.of("tests/1"))
        .containsEntry("Authorization", List.of("Bearer abc"))
        .containsEntry("X-one", List.of("1"))
        .containsEntry("Connection", List.of("close"))
        .doesNotContainKeys("Accept-encoding", "Cookie");
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 301, 401, 404, 500, 503})
  void takesOnlyTheStatusThatIsExpected(int status) {
    answer("/other", status, "WWW-Authenticate", "Basic realm=\"x\"", "Set-Cookie", "a=b");

    Observation seen = probe(Services.at(url("/other"), "expected-status", "203"));

    assertThat(seen.outcome()).isEqualTo(Outcome.UNEXPECTED_STATUS);
    assertThat(seen.error())
        .isEqualTo("It answered with status %d instead of 203.".formatted(status));
    assertThat(seen.responseTime()).isPositive();
    assertThat(probe(Services.at(url("/other"), "expected-status", "" + status)).outcome())
        .isEqualTo(Outcome.OK);
    assertThat(requests).hasSize(2).allMatch(headers -> !headers.containsKey("Cookie"));
  }

  @Test
  void callsAnAnswerSlowThatTakesLongerThanItShould() {
    CountDownLatch never = new CountDownLatch(1);
    server.createContext(
        "/slow",
        exchange -> {
          try {
            never.await(120, TimeUnit.MILLISECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          send(exchange, 200);
        });

    Observation seen = probe(Services.at(url("/slow"), "slow-threshold", "100ms"));

    assertThat(seen.outcome()).isEqualTo(Outcome.SLOW);
    assertThat(seen.error()).matches("It answered in [0-9]+ ms, more than 100 ms\\.");
    assertThat(probe(Services.at(url("/slow"), "slow-threshold", "1900ms")).outcome())
        .isEqualTo(Outcome.OK);
  }

  /** Each of them sends something now and then, if anything, so that no socket times out. */
  @ParameterizedTest
  @ValueSource(strings = {"nothing", "status line", "headers", "body", "chunks", "100", "tls"})
  void endsInTimeHoweverSlowlyAnAnswerComes(String slow) throws Exception {
    try (RawServer endless =
        switch (slow) {
          case "nothing", "tls" -> RawServer.silent();
          case "status line" -> RawServer.dripping("H", "T");
          case "headers" -> RawServer.dripping("HTTP/1.1 200 OK\r\nX: ", "x");
          case "body" -> RawServer.dripping("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", "x");
          case "chunks" ->
              RawServer.dripping(
                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n");
          case "100" -> RawServer.dripping("", "HTTP/1.1 100 Continue\r\n\r\n");
          default -> throw new IllegalArgumentException(slow);
        }) {
      String url = slow.equals("tls") ? endless.url().replace("http", "https") : endless.url();

      Observation seen = probe(Services.at(url, "timeout", "300ms"));

      assertThat(seen.outcome()).isEqualTo(Outcome.TIMED_OUT);
      assertThat(seen.error()).isEqualTo("It did not answer within 300 ms.");
      assertThat(seen.took()).isLessThan(Duration.ofMillis(300).plus(MARGIN));
      await("the thread is back").atMost(MARGIN).until(() -> prober.free() == 2);
    }
  }

  @Test
  void readsNoMoreThanAPartOfABodyWithoutEnd() throws Exception {
    AtomicLong written = new AtomicLong();
    try (RawServer endless =
        new RawServer(
            out -> {
              out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
              while (true) {
                out.write(new byte[8192]);
                written.addAndGet(8192);
              }
            })) {
      assertThat(probe(Services.at(endless.url())).outcome()).isEqualTo(Outcome.OK);

      assertThat(endless.awaitClosed()).as("closed").isTrue();
      // What lay in the buffers of both sides was not read.
      assertThat(written).hasValueLessThan(64L << 20).hasValueGreaterThan(Probe.MOST_BYTES - 8192);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UNREACHABLE SSH-2.0-OpenSSH_9.9\r\n\r\n",
        "UNREACHABLE HTTP/1.1 abc\r\n\r\n",
        "BAD_ANSWER HTTP/1.1 200 OK\r\nno header\r\n\r\n",
        "BAD_ANSWER HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "BAD_ANSWER HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "BAD_ANSWER HTTP/1.1 200 OK\r\nX: LONG\r\n\r\n",
        "BAD_ANSWER HTTP/1.1 200 OK\r\nMANY\r\n\r\n",
        "UNREACHABLE ",
        "UNREACHABLE HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"
      })
  void doesNotTakeJustAnythingForAnAnswer(String expectation) throws Exception {
    String[] parts = expectation.split(" ", 2);
    String answer =
        parts[1].replace("LONG", "x".repeat(9000)).replace("MANY", "a: b\r\n".repeat(101).strip());
    try (RawServer raw = RawServer.saying(answer)) {
      Observation seen = probe(Services.at(raw.url()));

      assertThat(seen.outcome()).isEqualTo(Outcome.valueOf(parts[0]));
      assertThat(seen.error()).doesNotContain("SSH", "abc", "127.0.0.1");
      assertThat(raw.connections()).as("tries").isEqualTo(1);
    }
  }

  @Test
  void tellsWhereNobodyListens() throws Exception {
    int port;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = closed.getLocalPort();
    }

    assertThat(probe(Services.at("http://127.0.0.1:" + port)).outcome())
        .isEqualTo(Outcome.UNREACHABLE);
  }

  @Test
  void followsNoRedirectUnlessToldTo() {
    answer("/moved", 302, "Location", url("/ok"));

    Observation seen = probe(Services.at(url("/moved")));

    assertThat(seen.outcome()).isEqualTo(Outcome.UNEXPECTED_STATUS);
    assertThat(requests).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 303, 307, 308})
  void followsRedirectsAsFarAsItIsTold(int status) {
    answer("/one", status, "Location", "/two");
    answer("/two", status, "Location", url("/ok"));

    assertThat(probe(Services.at(url("/one"), "max-redirects", "2")).outcome())
        .isEqualTo(Outcome.OK);
    assertThat(requests).hasSize(3);
    Observation seen = probe(Services.at(url("/one"), "max-redirects", "1"));
    assertThat(seen.outcome()).isEqualTo(Outcome.BAD_REDIRECT);
    assertThat(seen.error()).isEqualTo("It redirects more than 1 times.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://alice:secret@127.0.0.1/",
        "http://2130706433/",
        "http://",
        "h ttp://x"
      })
  void followsNoRedirectToWhatMayNotBeAsked(String location) {
    answer("/moved", 302, "Location", location);

    Observation seen = probe(Services.at(url("/moved"), "max-redirects", "5"));

    assertThat(seen.outcome()).isEqualTo(Outcome.BAD_REDIRECT);
    assertThat(seen.error()).isEqualTo("It redirects to what may not be followed.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/",
        "http://[fd00:ec2::254]/",
        "http://[::ffff:10.0.0.1]/",
        "http://0.0.0.0/"
      })
  void checksTheAddressOfEachHop(String location) {
    answer("/moved", 302, "Location", location);

    Observation seen = probe(Services.at(url("/moved"), "max-redirects", "5"));

    assertThat(seen.outcome()).isEqualTo(Outcome.FORBIDDEN_ADDRESS);
    assertThat(seen.took()).isLessThan(MARGIN);
  }

  @Test
  void keepsHeadersFromAnotherOrigin() throws Exception {
    HttpServer other =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    Queue<Map<String, List<String>>> elsewhere = new ConcurrentLinkedQueue<>();
    other.createContext(
        "/",
        exchange -> {
          elsewhere.add(Map.copyOf(exchange.getRequestHeaders()));
          send(exchange, 200);
        });
    other.start();
    try {
      answer("/same", 302, "Location", "/moved");
      answer(
          "/moved",
          302,
          "Location",
          "http://127.0.0.1:%d/".formatted(other.getAddress().getPort()));

      Observation seen =
          probe(
              Services.at(
                  url("/same"), "max-redirects", "2", "headers.Authorization", "Bearer abc"));

      assertThat(seen.outcome()).isEqualTo(Outcome.OK);
      assertThat(requests).hasSize(2).allMatch(headers -> headers.containsKey("Authorization"));
      assertThat(elsewhere)
          .singleElement()
          .matches(headers -> !headers.containsKey("Authorization"));
    } finally {
      other.stop(0);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"})
  void asksNothingOnThisMachineUnlessAllowed(String host) {
    String url = "http://%s:%d/ok".formatted(host, server.getAddress().getPort());

    Observation seen = probe(Services.at(url, "allowed-networks", "10.0.0.0/8"));

    assertThat(seen.outcome()).isEqualTo(Outcome.FORBIDDEN_ADDRESS);
    assertThat(seen.error()).isEqualTo("It is at an address that may not be asked.");
    assertThat(requests).isEmpty();
  }

  /** Hosts as somebody tells them who may tell another thing each time. */
  private static final class Told implements Names {
    private final Queue<String[]> answers = new ArrayDeque<>();
    private int lookups;

    Told then(String... addresses) {
      answers.add(addresses);
      return this;
    }

    @Override
    public synchronized InetAddress[] addresses(String host) throws UnknownHostException {
      lookups++;
      String[] texts = answers.remove();
      InetAddress[] addresses = new InetAddress[texts.length];
      for (int i = 0; i < texts.length; i++) {
        addresses[i] = InetAddress.getByName(texts[i]);
      }
      return addresses;
    }
  }

  private Observation probeTold(Told told, String path, String... more) {
    Prober deceived = new Prober(TWO_AT_A_TIME, told);
    try {
      String url = "http://a.example:%d%s".formatted(server.getAddress().getPort(), path);
      return probe(deceived, Services.at(url, more));
    } finally {
      deceived.destroy();
    }
  }

  @Test
  void connectsToTheAddressThatItChecked() {
    Told told = new Told().then("127.0.0.1").then("10.0.0.1");

    assertThat(probeTold(told, "/ok").outcome()).isEqualTo(Outcome.OK);

    assertThat(told.lookups).isEqualTo(1);
    assertThat(requests.element().get("Host"))
        .singleElement(InstanceOfAssertFactories.STRING)
        .startsWith("a.example:");
  }

  @Test
  void checksAgainWhatANameStandsForOnTheNextHop() {
    answer("/moved", 302, "Location", "/ok");

    assertThat(
            probeTold(
                    new Told().then("127.0.0.1").then("169.254.169.254"),
                    "/moved",
                    "max-redirects",
                    "1")
                .outcome())
        .isEqualTo(Outcome.FORBIDDEN_ADDRESS);
    assertThat(requests).hasSize(1);
  }

  @Test
  void usesOfSeveralAddressesThoseThatMayBeAsked() {
    assertThat(probeTold(new Told().then("169.254.169.254", "127.0.0.1"), "/ok").outcome())
        .isEqualTo(Outcome.OK);
    assertThat(probeTold(new Told().then("169.254.169.254", "10.0.0.1"), "/ok").outcome())
        .isEqualTo(Outcome.FORBIDDEN_ADDRESS);
    assertThat(probeTold(new Told().then(), "/ok").outcome()).isEqualTo(Outcome.UNRESOLVED);
    assertThat(requests).hasSize(1);
  }

  @Test
  void tellsWhereANameStandsForNothing() {
    assertThat(probe(Services.at("http://nobody.invalid/")).outcome())
        .isEqualTo(Outcome.UNRESOLVED);
  }

  @Test
  void endsInTimeThoughALookUpHangsAndCountsItsThread() throws Exception {
    CountDownLatch released = new CountDownLatch(1);
    Prober stuck =
        new Prober(
            TWO_AT_A_TIME,
            host -> {
              try {
                released.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              throw new UnknownHostException();
            });
    MonitoredService service = Services.at("http://a.example/", "timeout", "100ms");

    assertThat(probe(stuck, service).outcome()).isEqualTo(Outcome.TIMED_OUT);
    assertThat(probe(stuck, service).outcome()).isEqualTo(Outcome.TIMED_OUT);

    assertThat(stuck.free()).isZero();
    assertThatIllegalStateException().isThrownBy(() -> stuck.probe(service));
    released.countDown();
    await().atMost(MARGIN).until(() -> stuck.free() == 2);
    stuck.destroy();
  }

  @Test
  void endsWithoutAResultWhenCancelled() throws Exception {
    try (RawServer silent = RawServer.silent()) {
      CompletableFuture<Observation> result =
          prober.probe(Services.at(silent.url(), "timeout", "20s", "interval", "20s"));
      await().until(() -> silent.connections() == 1);

      prober.cancel();

      assertThat(result).isCompletedExceptionally();
      await().atMost(MARGIN).until(() -> prober.free() == 2);
    }
  }

  @Test
  void trustsNoCertificateOfItsOwnMaking(@TempDir Path folder) throws Exception {
    HttpsServer untrusted =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    untrusted.setHttpsConfigurator(new HttpsConfigurator(selfSigned(folder.resolve("keys.p12"))));
    untrusted.createContext("/", exchange -> send(exchange, 200));
    untrusted.start();
    try {
      String url = "https://127.0.0.1:%d/".formatted(untrusted.getAddress().getPort());

      Observation seen = probe(Services.at(url));

      assertThat(seen.outcome()).isEqualTo(Outcome.TLS_FAILED);
      assertThat(seen.error()).isEqualTo("Its certificate or its TLS is not to be trusted.");
    } finally {
      untrusted.stop(0);
    }
  }

  @Test
  void tellsWhereAServerSpeaksNoTls() throws Exception {
    try (RawServer plain = RawServer.saying("HTTP/1.1 400 Bad Request\r\n\r\n")) {
      assertThat(probe(Services.at(plain.url().replace("http:", "https:"))).outcome())
          .isEqualTo(Outcome.TLS_FAILED);
    }
  }

  /** For 127.0.0.1, so that only who signed it is wrong. */
  private static SSLContext selfSigned(Path file) throws Exception {
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "a",
                "-keyalg",
                "EC",
                "-dname",
                "CN=127.0.0.1",
                "-ext",
                "SAN=ip:127.0.0.1",
                "-storepass",
                "password",
                "-keystore",
                file.toString())
            .redirectErrorStream(true)
            .start();
    try (InputStream said = keytool.getInputStream()) {
      String text = new String(said.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(keytool.waitFor()).as(text).isZero();
    }
    char[] password = "password".toCharArray();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      keys.load(in, password);
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, password);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }
}
