package io.agentorchestrator.pipeline;

import io.agentorchestrator.local.LocalWorker;
import io.agentorchestrator.rest.ForgedCursors;
import io.agentorchestrator.schemas.DescribedRead;
import io.agentorchestrator.schemas.GeneratedValues;
import io.agentorchestrator.security.Keyring;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Requests as somebody sends them who wants to do harm, byte by byte, since no HTTP client would:
 * of every read that {@code openapi.yaml} describes, and of all else that there is, or was, or may
 * be hoped for, on both ports; with parameters that are none, cursors that are forged, paths that
 * lead elsewhere, credentials that nearly fit, headers that are too many, too long, or two requests
 * in one. The same for the same seed; keys and tokens are others each time, spoilt in the same
 * places.
 */
final class RequestAttack {

  private static final int PATIENCE_MILLIS = 20_000;

  /** Enough of any answer to judge it by. */
  private static final int MOST_READ_BYTES = 1 << 18;

  /** Twice what Tomcat has for a request's first line and headers. */
  private static final int LONG = 1 << 14;

  private static final String STREAM = "text/event-stream";

  /** That the rest of the request may come, which is no answer yet. */
  private static final Pattern INTERIM = Pattern.compile("\\AHTTP/1\\.1 100 ?\\R\\R");

  /** What nobody needs credentials for, though he is told less without. */
  private static final Pattern OPEN =
      Pattern.compile("/docs(/[a-z.-]+)?|/api/v2/health/database|/actuator/health(/[a-z-]+)?|\\*");

  /** Where there is no id to be put in, or the description has no such path. */
  private static final List<String> UNDESCRIBED =
      List.of(
          // Written to, once.
          "/api/v1/agents/register",
          "/api/v2/agents/register",
          "/api/v1/agents/{id}",
          "/api/v1/agents/bulk/activate",
          "/api/v2/agents/bulk/deregister",
          "/api/v2/agents/bulk/" + Attack.MARK,
          "/api/v1/tasks/{id}/assign/{id}",
          "/api/v2/tasks/{id}/assign/{id}",
          // Descriptions.
          "/docs",
          "/docs/openapi.yaml",
          "/docs/start.js",
          "/docs/index.html",
          "/docs/" + Attack.MARK,
          // Not there, or not meant so.
          "/",
          "*",
          "/error",
          "/api/v2",
          "/api/v2/",
          "/api/v2/agents/",
          "/api/v3/agents",
          "/API/V2/AGENTS",
          "/actuator/env",
          "/api/v2/agents/" + Attack.MARK,
          "/" + Attack.MARK,
          "//api/v2/agents",
          "/docs/../api/v2/agents",
          "/docs/..;/api/v2/agents",
          "/docs/%2e%2e/api/v2/agents",
          "/api/v2/health/database/../../agents",
          "/api/v2/health/services;/../database",
          "http://localhost/api/v2/agents",
          "http://evil.example/api/v2/agents",
          "ftp://localhost/etc/passwd",
          "localhost:80");

  private static final List<String> MANAGEMENT =
      List.of(
          "/actuator",
          "/actuator/health",
          "/actuator/health",
          "/actuator/health/liveness",
          "/actuator/health/readiness",
          "/actuator/health/db",
          "/actuator/health/" + Attack.MARK,
          "/actuator/info",
          "/actuator/prometheus",
          "/actuator/env",
          "/actuator/heapdump",
          "/actuator/loggers/ROOT",
          "/actuator/shutdown",
          "/actuator/health/../prometheus",
          "/actuator/health/..;/prometheus",
          "/actuator/health%2f..%2fprometheus",
          "/api/v2/agents",
          "/docs",
          "/error",
          "/");

  /** What may be asked of an actuator that shows more than this one. */
  private static final List<String> MANAGEMENT_PARAMETERS =
      List.of("includedNames[]", "includedNames", "name", "live", "show-details", "trace", "tag");

  private static final List<String> VALUES =
      List.of(
          "0",
          "1",
          "-1",
          "50",
          "200",
          "201",
          "9223372036854775807",
          "9223372036854775808",
          "1e9",
          "NaN",
          "true",
          "TRUE",
          "null",
          "",
          " ",
          "active",
          "submitted",
          "coder",
          "created_at",
          "asc",
          "0199b2c4-7d1e-7a3b-9c55-1f0e2d3c4b5a",
          "2026-11-23T09:00:00Z",
          "9999-99-99T99:99:99Z",
          "-999999999-01-01T00:00:00Z",
          "+999999999-12-31T23:59:59.999999999Z",
          "' OR 1=1 --",
          "'; SELECT pg_sleep(60); --",
          "\\",
          "%",
          "_",
          "%%%",
          "$.** ? (@ > 1)",
          "{\"a\":1}",
          "../../etc/passwd",
          "${jndi:ldap://127.0.0.1:1/" + Attack.MARK + "}",
          "\0",
          "\r\nX-Injected: " + Attack.MARK,
          "\uD83D\uDE00",
          "\u202E\u0000\u2028",
          "eyJhIjoxfQ",
          "AAAA",
          "a".repeat(300),
          "\u0130\u0131\u1E9E",
          "(a+)+$",
          Attack.FORGED);

  private static final List<String> READS = List.of("GET", "GET", "GET", "GET", "GET", "HEAD");

  private static final List<String> WRITES = List.of("POST", "PUT", "PATCH", "DELETE");

  /** Some of which frameworks read before anyone has decided whether there is anything to read. */
  private static final List<String> CONTENT_TYPES =
      List.of(
          "application/json",
          "application/x-www-form-urlencoded",
          "application/x-www-form-urlencoded;charset=" + Attack.MARK,
          "multipart/form-data",
          "multipart/form-data; boundary=x",
          "multipart/mixed; boundary=" + "x".repeat(300),
          "a",
          "*/*");

  private static final List<String> METHODS =
      List.of("OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "G\0T", "GET\t");

  private static final List<String> RAW =
      List.of(
          "%zz",
          "%",
          "%00",
          "%ff%fe",
          "..%2f..%2f",
          ";a=b",
          "//",
          "\\",
          "|",
          "{}",
          "<",
          "%u0041",
          "é",
          "#");

  private static final List<String> RAW_QUERIES =
      List.of("&", "&&=&", "=", "=1", "limit", "limit=1&limit=2", "a[]=1", "?", "limit=1;count=1");

  private final Random random;
  private final LocalWorker worker;
  private final @Nullable Keyring keyring;
  private final List<UUID> ids;
  private final GeneratedValues values;
  private final ForgedCursors cursors;
  private final List<DescribedRead> reads = DescribedRead.all();

  /**
   * Begins.
   *
   * @param keyring what the worker asks of who reads; null if it asks for nothing
   * @param ids of what can be read there
   */
  RequestAttack(long seed, LocalWorker worker, @Nullable Keyring keyring, List<UUID> ids) {
    this.random = new Random(seed);
    this.worker = worker;
    this.keyring = keyring;
    this.ids = ids;
    this.values = new GeneratedValues(random);
    this.cursors = new ForgedCursors(random);
  }

  /**
   * A request.
   *
   * @param at the port that it goes to
   * @param method its method, or what stands there
   * @param path its path, or what stands there
   * @param text all of it, as it goes over the network
   * @param refused whether it asks for what is not everybody's, with nothing that is taken for it
   */
  record Request(URI at, String method, String path, String text, boolean refused) {

    /** Whether it has such a header. */
    boolean carries(String header) {
      return text.toLowerCase(Locale.ROOT).contains("\r\n" + header.toLowerCase(Locale.ROOT) + ":");
    }

    /** Its first line. */
    String line() {
      return text.substring(0, text.indexOf("\r\n"));
    }

    /** Whether its first line and headers are more than a server need bear. */
    boolean isLarge() {
      String head = text.split("\r\n\r\n", 2)[0];
      return head.length() > 4_000 || head.lines().count() > 90;
    }

    /** Its beginning, to be told. */
    String told() {
      return text.substring(0, Math.min(600, text.length()));
    }
  }

  /**
   * What came back.
   *
   * @param status the status, 0 where the connection was closed without an answer
   * @param text the answer, or the beginning of it
   * @param reset whether the connection ended before all of the request was read, by which an
   *     answer may be lost on its way
   */
  record Answer(int status, String text, boolean reset) {

    String head() {
      int end = text.indexOf("\r\n\r\n");
      return end < 0 ? text : text.substring(0, end);
    }

    String body() {
      int end = text.indexOf("\r\n\r\n");
      return end < 0 ? "" : text.substring(end + 4);
    }
  }

  /** Who says that he asks: headers, and whether there is certainly nothing in them to be taken. */
  private record Caller(List<String> headers, boolean refused) {}

  /** The next request. */
  Request next() {
    int where = random.nextInt(20);
    if (where < 3) {
      return request(worker.management(), pick(MANAGEMENT), managementQuery());
    }
    if (where < 8) {
      return request(worker.rest(), withIds(pick(UNDESCRIBED)), query(List.of(), ""));
    }
    DescribedRead read = pick(reads);
    String path = withIds(read.path());
    return request(worker.rest(), path, query(read.query(), path));
  }

  private Request request(URI at, String path, String query) {
    boolean management = at.equals(worker.management());
    String method =
        switch (random.nextInt(12)) {
          case 0 -> pick(METHODS);
          case 1, 2 -> pick(WRITES);
          default -> pick(READS);
        };
    String target = random.nextInt(14) == 0 ? path + "/" + pick(RAW) : path;
    String version =
        random.nextInt(40) == 0 ? pick(List.of("HTTP/1.0", "HTTP/9.9", "", "X")) : "HTTP/1.1";
    Caller caller = caller(management);
    List<String> headers = new ArrayList<>();
    headers.add("Host: " + host());
    headers.add("Connection: close");
    headers.addAll(caller.headers());
    for (int more = random.nextInt(3); more > 0; more--) {
      headers.addAll(abuse());
    }
    String body = "";
    if (WRITES.contains(method) && random.nextBoolean()) {
      body = body();
      headers.add("Content-Type: " + pick(CONTENT_TYPES));
      headers.add("Content-Length: " + body.length());
    } else if (headers.stream().anyMatch(RequestAttack::isFraming)) {
      // What follows is a body to one reader, and to another the next request.
      body = "0\r\n\r\nGET /api/v2/agents HTTP/1.1\r\nHost: localhost\r\n\r\n";
    }
    String text =
        "%s %s%s %s\r\n%s\r\n\r\n%s"
            .formatted(method, target, query, version, String.join("\r\n", headers), body);
    boolean refused = caller.refused() && !OPEN.matcher(path).matches();
    return new Request(at, method, path, text, refused);
  }

  private static boolean isFraming(String header) {
    return header.startsWith("Content-Length") || header.startsWith("Transfer-Encoding");
  }

  /** Of what is there, mostly. */
  private String withIds(String path) {
    String replaced = path;
    while (replaced.contains("{id}")) {
      replaced =
          replaced.replaceFirst(
              "\\{id}",
              switch (random.nextInt(8)) {
                case 0 -> new UUID(random.nextLong(), random.nextLong()).toString();
                case 1 -> encoded(pick(VALUES));
                default -> pick(ids).toString();
              });
    }
    return replaced;
  }

  /** Parameters that the path has, and others; with values that they may have, and others. */
  private String query(List<DescribedRead.Parameter> parameters, String path) {
    Map<String, List<String>> given = new HashMap<>();
    List<String> parts = new ArrayList<>();
    for (int more = random.nextInt(4); more > 0; more--) {
      boolean known = !parameters.isEmpty() && random.nextInt(6) > 0;
      DescribedRead.Parameter parameter = known ? pick(parameters) : pick(pick(reads).query());
      String value = value(parameter);
      given.computeIfAbsent(parameter.name(), name -> new ArrayList<>()).add(value);
      parts.add(parameter.name() + "=" + encoded(value));
    }
    boolean paged = parameters.stream().anyMatch(DescribedRead.Parameter::isCursor);
    if (paged && !given.containsKey("cursor") && random.nextInt(3) == 0) {
      parts.add("cursor=" + cursors.next(path, given));
    } else if (random.nextInt(12) == 0) {
      parts.add(pick(RAW_QUERIES));
    } else if (random.nextInt(12) == 0) {
      parts.add("type=" + pick(RAW));
    } else if (random.nextInt(20) == 0) {
      Keyring ring = keyring;
      parts.add("access_token=" + (ring == null ? Attack.MARK : ring.full()));
    }
    return parts.isEmpty() ? "" : "?" + String.join("&", parts);
  }

  private String value(DescribedRead.Parameter parameter) {
    if (parameter.isCursor() || random.nextInt(3) == 0) {
      return pick(VALUES);
    }
    return random.nextInt(4) == 0
        ? values.invalid(parameter.schema())
        : values.valid(parameter.schema());
  }

  private String managementQuery() {
    return random.nextInt(3) > 0
        ? ""
        : "?" + pick(MANAGEMENT_PARAMETERS) + "=" + encoded(pick(VALUES));
  }

  private String host() {
    return switch (random.nextInt(40)) {
      case 0 -> pick(VALUES);
      case 1 -> "evil.example";
      case 2 -> "localhost\r\nHost: localhost";
      case 3 -> "127.0.0.1:" + pick(List.of("80", "-1", "99999", "x", ""));
      case 4 -> pick(List.of("[::1]", "[::1", "localhost.", "localhost@evil.example", "127.1"));
      default -> "localhost";
    };
  }

  private Caller caller(boolean management) {
    Keyring ring = keyring;
    if (ring == null) {
      return new Caller(
          random.nextInt(8) > 0
              ? List.of()
              : List.of(pick(List.of("Authorization: Bearer ", "X-API-Key: ")) + pick(VALUES)),
          false);
    }
    String full = ring.full();
    return switch (random.nextInt(16)) {
      case 0 -> new Caller(List.of(), true);
      case 1 -> new Caller(List.of("X-API-Key: " + full), !ring.isOfKeys());
      case 2 -> new Caller(List.of("Authorization: bearer " + full), false);
      case 3 -> new Caller(List.of("Authorization: Bearer " + ring.narrow()), !management);
      case 4 -> new Caller(List.of("Authorization: Bearer " + pick(ring.wrong())), true);
      case 5 -> new Caller(List.of("Authorization: Bearer " + spoilt(full)), true);
      case 6 -> new Caller(List.of("X-API-Key: " + spoilt(full)), true);
      case 7 ->
          new Caller(
              List.of("Authorization: Bearer " + full, "Authorization: Bearer " + full), true);
      case 8 ->
          new Caller(
              List.of("Authorization: Bearer " + full, "X-API-Key: " + pick(ring.wrong())),
              ring.isOfKeys());
      case 9 ->
          new Caller(
              List.of(
                  "Authorization: "
                      + pick(
                          List.of(
                              "Bearer",
                              "Bearer ",
                              full,
                              "Basic " + full,
                              "Digest username=\"" + Attack.MARK + "\"",
                              "Bearer " + Attack.MARK + " " + Attack.FORGED,
                              "Bearer " + Attack.MARK + "\u0085\u001B[2J",
                              "Bearer e30.e30.e30",
                              "Bearer " + ".".repeat(1_000),
                              "Bearer " + "A".repeat(1 << random.nextInt(15))))),
              true);
      default -> new Caller(List.of("Authorization: Bearer " + full), false);
    };
  }

  /**
   * Nearly what is taken. Of a token its last part is left alone but for being cut off: it can be
   * spelt in several ways.
   */
  private String spoilt(String credentials) {
    int end = credentials.contains(".") ? credentials.lastIndexOf('.') : credentials.length();
    int at = random.nextInt(end);
    return random.nextInt(4) == 0
        ? credentials.substring(0, at)
        : credentials.substring(0, at)
            + (credentials.charAt(at) == 'A' ? 'B' : 'A')
            + credentials.substring(at + 1);
  }

  /** A body that would mean something to who reads it; nobody does. */
  private String body() {
    return switch (random.nextInt(8)) {
      case 0 -> "";
      case 1 -> "{\"name\":\"%s\"}".formatted(Attack.MARK);
      case 2 -> "[".repeat(1 << random.nextInt(14));
      case 3 -> "a".repeat(1 << random.nextInt(17));
      case 4 -> "include=tasks&limit=1&a=%zz&%ff=%fe&" + Attack.MARK;
      case 5 -> "a=1&".repeat(1 << random.nextInt(14));
      case 6 ->
          "--x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"../../%s\"\r\n\r\na\r\n%s"
              .formatted(Attack.MARK, random.nextBoolean() ? "--x--\r\n" : "");
      default -> "\r\n\r\nGET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n".formatted(Attack.MARK);
    };
  }

  private List<String> abuse() {
    return switch (random.nextInt(25)) {
      case 0 -> List.of("X-Long: " + "a".repeat(1 << random.nextInt(17)));
      case 1 -> IntStream.range(0, 150).mapToObj(i -> "X-Many-" + i + ": a").toList();
      case 2 ->
          List.of(
              "Accept: "
                  + pick(
                      List.of(
                          "*/*",
                          "text/html",
                          STREAM,
                          "a/b;q=x",
                          ",,,",
                          "application/json;q=0",
                          "*",
                          "*/json",
                          "application/json;charset=" + Attack.MARK,
                          "text/plain;version=0.0.4," + "a/b,".repeat(600))));
      case 3 ->
          List.of(
              "Content-Length: "
                  + pick(List.of("5", "0", "-1", "+5", "0x5", "99999999999999999999", "5, 6", "")));
      case 4 -> List.of("Content-Length: 5", "Content-Length: " + pick(List.of("5", "6")));
      case 5 ->
          List.of(
              "Transfer-Encoding: "
                  + pick(
                      List.of(
                          "chunked",
                          "gzip, chunked",
                          "chunked, chunked",
                          "identity",
                          "xchunked",
                          "chunked\u000B",
                          "")));
      case 6 -> List.of("Transfer-Encoding: chunked", "Content-Length: 5");
      case 7 -> List.of("Transfer-Encoding : chunked");
      case 8 -> List.of("traceparent: " + pick(VALUES), "tracestate: " + pick(VALUES));
      case 9 ->
          List.of(
              pick(List.of("X-Forwarded-For: ", "X-Forwarded-Host: ", "Forwarded: for="))
                  + pick(VALUES));
      case 10 -> List.of("X-HTTP-Method-Override: DELETE");
      case 11 ->
          List.of(
              "Range: "
                  + pick(
                      List.of("bytes=0-0", "bytes=-1", "bytes=9-1", "bytes=" + "0-,".repeat(500))));
      case 12, 13 ->
          List.of(
              "If-None-Match: "
                  + pick(
                      List.of(
                          "*", "W/\"0\"", "\"", "W/", "\"a\", *", "\"a\",".repeat(900), ",,,")));
      case 14 -> List.of("If-None-Match: " + pick(VALUES));
      case 15, 16 ->
          List.of(
              "Accept-Encoding: "
                  + pick(List.of("gzip", "*;q=0", "br", "gzip;q=x", "gzip,".repeat(500), "")));
      case 17 -> List.of("Accept-Language: " + pick(VALUES));
      case 18 -> List.of("Expect: " + pick(List.of("100-continue", "200-ok", Attack.MARK)));
      case 19, 20 ->
          List.of(
              "Last-Event-ID: "
                  + pick(
                      List.of(
                          "",
                          Attack.MARK,
                          "AAAA",
                          "A".repeat(4_000),
                          "-1",
                          "\u00E9\u202E",
                          Long.toUnsignedString(random.nextLong(), 36))));
      case 21 -> List.of("Cookie: " + pick(List.of("a=b; a=b", "=", "JSESSIONID=x", "$Version=1")));
      case 22 ->
          List.of("Origin: null", "Content-Encoding: gzip", "Upgrade: h2c", "X-Folded: a\r\n b");
      case 23 -> List.of("Content-Type: " + pick(CONTENT_TYPES));
      default -> List.of(pick(List.of("Bad Header\0: ", "", ":", "NoColon", ": a")) + pick(VALUES));
    };
  }

  Answer send(Request request) throws IOException {
    boolean reset = false;
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), request.at().getPort())) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      try {
        socket.getOutputStream().write(request.text().getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
        socket.shutdownOutput();
      } catch (SocketException e) {
        // It has answered, and does not want to hear the rest.
        reset = true;
      }
      ByteArrayOutputStream read = new ByteArrayOutputStream();
      try {
        read(socket.getInputStream(), read);
      } catch (SocketException e) {
        // What was not read of the request makes the end of the answer a reset.
        reset = true;
      }
      String text = INTERIM.matcher(read.toString(StandardCharsets.UTF_8)).replaceFirst("");
      return new Answer(
          text.startsWith("HTTP/1.1 ") ? Integer.parseInt(text.substring(9, 12)) : 0, text, reset);
    }
  }

  /**
   * Sends the beginning of a request and waits for the beginning of its answer, in vain where
   * somebody waits for the rest.
   *
   * @return the first line of the answer
   */
  static String begin(URI at, String text) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), at.getPort())) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
      socket.getOutputStream().flush();
      return String.valueOf(
          new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
              .readLine());
    }
  }

  /** To the end, or as much as is needed: a stream of events has none. */
  private static void read(InputStream in, ByteArrayOutputStream read) throws IOException {
    byte[] buffer = new byte[8192];
    while (read.size() < MOST_READ_BYTES) {
      int count = in.read(buffer);
      if (count < 0) {
        return;
      }
      read.write(buffer, 0, count);
      String text = read.size() < LONG ? read.toString(StandardCharsets.UTF_8) : "";
      int body = text.indexOf("\r\n\r\n") + 4;
      if (body >= 4 && body < text.length() && text.substring(0, body).contains(STREAM)) {
        return;
      }
    }
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}
