package io.agentorchestrator.pipeline;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Requests as somebody sends them who wants to do harm, byte by byte, since no HTTP client would:
 * parameters that are none, paths that lead elsewhere, headers that are too many, too long, or two
 * requests in one. The same for the same seed.
 */
final class RequestAttack {

  private static final int PATIENCE_MILLIS = 20_000;

  /** That the rest of the request may come, which is no answer yet. */
  private static final Pattern INTERIM = Pattern.compile("\\AHTTP/1\\.1 100 ?\\R\\R");

  private static final List<String> PATHS =
      List.of(
          "/api/v2/agents",
          "/api/v2/tasks",
          "/api/v2/workflows",
          "/api/v2/log",
          "/api/v2/commands",
          "/api/v2/health/database",
          "/api/v2/statistics",
          "/api/v1/agents",
          "/api/v1/tasks",
          "/api/v1/tasks/0199b2c4-7d1e-7a3b-9c55-1f0e2d3c4b5a",
          "/api/v2/agents/0199b2c4-7d1e-7a3b-9c55-1f0e2d3c4b5a",
          "/api/v2/tasks/0199b2c4-7d1e-7a3b-9c55-1f0e2d3c4b5a",
          "/api/v2/workflows/0199b2c4-7d1e-7a3b-9c55-1f0e2d3c4b5a",
          "/api/v2",
          "/error",
          "/actuator/env",
          "/api/v2/agents/" + Attack.MARK,
          "/" + Attack.MARK,
          "/");

  private static final List<String> PARAMETERS =
      List.of(
          "type",
          "status",
          "busy",
          "capability",
          "q",
          "limit",
          "offset",
          "cursor",
          "count",
          "include",
          "agent_id",
          "workflow_id",
          "parent_task_id",
          "priority",
          "tag",
          "created_after",
          "created_before",
          "sort",
          "order",
          "user_id",
          "entity_type",
          "entity_id",
          "operation",
          "actor",
          "command_id",
          "from",
          "to",
          "id",
          "source",
          "min_position",
          "unknown");

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

  private static final List<String> METHODS =
      List.of(
          "GET",
          "GET",
          "GET",
          "GET",
          "GET",
          "GET",
          "HEAD",
          "POST",
          "DELETE",
          "OPTIONS",
          "TRACE",
          "PROPFIND",
          "get",
          "G\0T",
          "GET\t");

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

  private final Random random;
  private final URI rest;

  RequestAttack(long seed, URI rest) {
    this.random = new Random(seed);
    this.rest = rest;
  }

  /**
   * What came back.
   *
   * @param status the status, 0 where the connection was closed without an answer
   * @param text the whole answer
   */
  record Answer(int status, String text) {

    String head() {
      int end = text.indexOf("\r\n\r\n");
      return end < 0 ? text : text.substring(0, end);
    }

    String body() {
      int end = text.indexOf("\r\n\r\n");
      return end < 0 ? "" : text.substring(end + 4);
    }
  }

  /** The next request, as it goes over the network. */
  String next() {
    String method = pick(METHODS);
    StringBuilder target = new StringBuilder(pick(PATHS));
    if (random.nextInt(10) == 0) {
      target.append('/').append(pick(RAW));
    }
    char separator = '?';
    for (int parameters = random.nextInt(4); parameters > 0; parameters--) {
      target.append(separator).append(pick(PARAMETERS)).append('=');
      target.append(
          random.nextInt(12) == 0
              ? pick(RAW)
              : URLEncoder.encode(pick(VALUES), StandardCharsets.UTF_8));
      separator = '&';
    }
    String version =
        random.nextInt(40) == 0 ? pick(List.of("HTTP/1.0", "HTTP/9.9", "", "X")) : "HTTP/1.1";
    StringBuilder request = new StringBuilder();
    request.append(method).append(' ').append(target).append(' ').append(version).append("\r\n");
    Map<String, String> headers = new TreeMap<>();
    headers.put("Host", random.nextInt(30) == 0 ? pick(VALUES) : "localhost");
    headers.put("Connection", "close");
    for (int more = random.nextInt(3); more > 0; more--) {
      abuse(headers);
    }
    headers.forEach(
        (name, value) -> request.append(name).append(": ").append(value).append("\r\n"));
    request.append("\r\n");
    if (headers.containsKey("Content-Length") || headers.containsKey("Transfer-Encoding")) {
      request.append("0\r\n\r\nGET /api/v2/agents HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    return request.toString();
  }

  private void abuse(Map<String, String> headers) {
    switch (random.nextInt(14)) {
      case 0 -> headers.put("X-Long", "a".repeat(1 << random.nextInt(17)));
      case 1 -> {
        for (int i = 0; i < 150; i++) {
          headers.put("X-Many-" + i, "a");
        }
      }
      case 2 ->
          headers.put(
              "Accept",
              pick(List.of("*/*", "text/html", "a/b;q=x", ",,,", "application/json;q=0", "*")));
      case 3 ->
          headers.put(
              "Content-Length", pick(List.of("5", "0", "-1", "99999999999999999999", "5, 6")));
      case 4 ->
          headers.put(
              "Transfer-Encoding",
              pick(List.of("chunked", "gzip, chunked", "identity", "xchunked")));
      case 5 -> headers.put("traceparent", pick(VALUES));
      case 6 -> headers.put("X-Forwarded-For", pick(VALUES));
      case 7 -> headers.put("X-HTTP-Method-Override", "DELETE");
      case 8 ->
          headers.put(
              "Range", pick(List.of("bytes=0-0", "bytes=-1", "bytes=" + "0-,".repeat(500))));
      case 9 -> headers.put("If-None-Match", pick(VALUES));
      case 10 -> headers.put("Accept-Encoding", pick(List.of("gzip", "*;q=0", "br")));
      case 11 -> headers.put("Accept-Language", pick(VALUES));
      case 12 -> headers.put("Expect", pick(List.of("100-continue", "200-ok")));
      default -> headers.put("Bad Header\0", pick(VALUES));
    }
  }

  Answer send(String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), rest.getPort())) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      try {
        socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
        socket.shutdownOutput();
      } catch (SocketException e) {
        // It has answered, and does not want to hear the rest.
      }
      String text =
          INTERIM
              .matcher(readAll(new BufferedInputStream(socket.getInputStream())))
              .replaceFirst("");
      return new Answer(
          text.startsWith("HTTP/1.1 ") ? Integer.parseInt(text.substring(9, 12)) : 0, text);
    }
  }

  private static String readAll(InputStream in) throws IOException {
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    try {
      in.transferTo(read);
    } catch (SocketException e) {
      // What was not read of the request makes the end of the answer a reset.
    }
    return read.toString(StandardCharsets.UTF_8);
  }

  private <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}
