package io.agentorchestrator.security;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import io.agentorchestrator.rest.Reading;
import io.agentorchestrator.rest.Reading.Answer;
import io.agentorchestrator.rest.Scope;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** What holds for every path, however it is found out who asks. */
abstract class WhoMayRead {

  private static final JsonNode API = new YAMLMapper().readTree(Path.of("schemas", "openapi.yaml"));
  private static final UUID ID = UUID.randomUUID();

  /** So much of a key or a token is nobody's to know. */
  private static final int SECRET_CHARS = 20;

  final SecuredWorker worker;

  WhoMayRead(SecuredWorker worker) {
    this.worker = worker;
  }

  private Map<String, URI> closed() {
    Map<String, URI> routes = worker.routes();
    routes.keySet().removeAll(SecuredWorker.open());
    assertThat(routes)
        .containsKeys("/api/v2/agents/{id}", "/api/v2/log", "/actuator/prometheus")
        .hasSizeGreaterThan(9);
    return routes;
  }

  @Test
  void nobodyReadsWithoutCredentials() {
    closed()
        .forEach(
            (path, uri) -> {
              Answer answer = SecuredWorker.get(uri);
              assertThat(answer.problem(401)).as(path).startsWith("Expected credentials");
              assertThat(answer.header("www-authenticate"))
                  .isEqualTo("Bearer realm=\"agent-orchestrator\"");
            });
  }

  /** Not even where anybody may read: who has wrong ones is to learn of it. */
  @Test
  void nobodyReadsWithWrongCredentials() {
    worker
        .routes()
        .forEach(
            (path, uri) ->
                worker
                    .wrong()
                    .forEach(
                        (what, credentials) -> {
                          Answer answer = bearer(uri, credentials);
                          assertThat(answer.status()).as("%s with %s", path, what).isEqualTo(401);
                          assertThat(answer.problem(401)).doesNotContain(credentials);
                          assertThat(answer.header("www-authenticate"))
                              .contains("error=\"invalid_token\"")
                              .doesNotContain(credentials);
                        }));
  }

  /** A path that has no rule is served to nobody, and fails here. */
  @Test
  void everyPathIsReadWithTheScopesThatItsDescriptionNames() {
    closed()
        .forEach(
            (path, uri) -> {
              Set<Scope> needed = documented(path);
              Answer answer = bearer(uri, worker.credentials(needed));
              assertThat(answer.status()).as("%s: %s", path, answer.body()).isIn(200, 404);
              if (answer.status() == 404) {
                assertThat(answer.problem(404)).as(path).startsWith("There is no ");
              }
            });
  }

  @Test
  void noPathIsReadWithoutOneOfThem() {
    closed()
        .forEach(
            (path, uri) -> {
              for (Scope scope : documented(path)) {
                Set<Scope> others = EnumSet.complementOf(EnumSet.of(scope));
                Answer answer = bearer(uri, worker.credentials(others));
                assertThat(answer.status()).as("%s without %s", path, scope).isEqualTo(403);
                assertThat(answer.problem(403)).contains(scope.value());
                assertThat(answer.header("www-authenticate"))
                    .contains("error=\"insufficient_scope\"", scope.value());
              }
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "agents/{id}?include=tasks, TASKS_READ",
        "tasks/{id}?include=agent, AGENTS_READ",
        "tasks/{id}?include=children,workflow, WORKFLOWS_READ",
        "tasks/{id}?min_position=0&%69nclude=%61gent, AGENTS_READ",
        "workflows/{id}?include=tasks, TASKS_READ"
      })
  void whatIsEmbeddedTakesItsOwnScopeToo(String example) {
    int comma = example.lastIndexOf(", ");
    URI uri = rest("/api/v2/" + example.substring(0, comma).replace("{id}", ID.toString()));
    Scope embedded = Scope.valueOf(example.substring(comma + 2));

    assertThat(bearer(uri, without(embedded)).problem(403)).contains(embedded.value());
    assertThat(bearer(uri, worker.credentials()).problem(404)).contains(ID.toString());
    assertThat(bearer(URI.create(uri.toString().split("\\?", 2)[0]), without(embedded)).status())
        .isEqualTo(404);
  }

  /** Tomcat, asked again, gives of an unreadable query what it did understand. */
  @Test
  void nothingIsEmbeddedByAQueryThatCannotBeRead() {
    URI uri = rest("/api/v2/tasks/" + ID);

    String answer = raw(uri, "GET " + uri.getPath() + "?include=agent&x=%zz HTTP/1.1");

    assertThat(answer).startsWith("HTTP/1.1 400").contains("application/problem+json");
  }

  /** What one part takes for a path of its own, and the next for another one. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "//api/v2/tasks",
        "/api/v2//tasks",
        "/api/v2/tasks;a=b",
        "/api;/v2/tasks",
        "/api/v2/agents%2f..%2ftasks",
        "/api/v2/agents/../tasks",
        "/api/v2/%2e%2e/v2/tasks",
        "/api/v2/tasks%00",
        "/api/v2/tasks%250a"
      })
  void pathsThatCouldMeanTwoThingsAreRefused(String path) {
    String answer = raw(rest("/"), "GET " + path + " HTTP/1.1");

    assertThat(answer).startsWith("HTTP/1.1 400").contains("application/problem+json");
  }

  private String raw(URI uri, String line) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), uri.getPort())) {
      socket
          .getOutputStream()
          .write(
              "%s\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n"
                  .formatted(line, without(Scope.AGENTS_READ))
                  .getBytes(StandardCharsets.ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void healthTellsStrangersOnlyWhetherItIsUp() {
    for (String path : List.of("", "/liveness", "/readiness")) {
      JsonNode health = SecuredWorker.get(management("/actuator/health" + path)).json();
      assertThat(health.get("status").stringValue()).isEqualTo("UP");
      assertThat(Reading.names(health)).isSubsetOf("status", "groups");
      assertThat(
              Reading.names(
                  bearer(management("/actuator/health" + path), without(Scope.HEALTH_READ)).json()))
          .isSubsetOf("status", "groups");
    }
    assertThat(SecuredWorker.get(management("/actuator/health/db")).status()).isEqualTo(404);
    Answer database = SecuredWorker.get(rest("/api/v2/health/database"));
    assertThat(database.body()).isEqualTo("{\"status\":\"up\"}");
    assertThat(bearer(rest("/api/v2/health/database"), without(Scope.HEALTH_READ)).body())
        .isEqualTo("{\"status\":\"up\"}");
  }

  @Test
  void healthTellsWhoMayReadItEverything() {
    String credentials = worker.credentials(EnumSet.of(Scope.HEALTH_READ));

    assertThat(Reading.names(bearer(management("/actuator/health"), credentials).json()))
        .contains("components");
    assertThat(bearer(management("/actuator/health/db"), credentials).json().has("details"))
        .isTrue();
    assertThat(Reading.names(bearer(rest("/api/v2/health/database"), credentials).json()))
        .contains("pool", "server_version");
  }

  @Test
  void theActuatorShowsHealthInfoAndMetricsAlone() {
    assertThat(worker.worker().bean(PathMappedEndpoints.class).getAllPaths())
        .containsExactlyInAnyOrder("/actuator/health", "/actuator/info", "/actuator/prometheus");
    for (String path : List.of("/actuator", "/actuator/env", "/actuator/heapdump", "/")) {
      SecuredWorker.get(management(path)).problem(401);
      bearer(management(path), worker.credentials()).problem(404);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/error", "/api/v2/nothing", "/api/v3/agents", "/actuator/health"})
  void whatIsNotThereIsToldToWhoMayReadAlone(String path) {
    SecuredWorker.get(rest(path)).problem(401);
    Answer answer = bearer(rest(path), worker.credentials());
    answer.problem(404);
    assertThat(answer.json().get("instance").stringValue()).isEqualTo(path);
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "PATCH", "DELETE", "PROPFIND"})
  void nobodyWrites(String method) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(rest("/api/v2/agents")).method(method, BodyPublishers.noBody());

    SecuredWorker.send("127.0.0.1", request.copy()).problem(401);
    Answer answer =
        SecuredWorker.send(
            "127.0.0.1", request.copy(), "Authorization: Bearer " + worker.credentials());
    answer.problem(405);
    assertThat(answer.header("allow")).contains("GET");
  }

  /** What is told of commands is told to who may read what they are about. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "v1/agents/register, AGENTS_READ",
        "v2/agents/bulk/activate, AGENTS_READ",
        "v1/tasks, TASKS_READ",
        "v2/tasks/x/assign/y, TASKS_READ"
      })
  void nobodyIsToldWhatToSendInsteadOfWritingWhoMayNotRead(String example) {
    int comma = example.lastIndexOf(", ");
    Scope scope = Scope.valueOf(example.substring(comma + 2));
    HttpRequest.Builder write =
        HttpRequest.newBuilder(rest("/api/" + example.substring(0, comma)))
            .POST(BodyPublishers.noBody());

    SecuredWorker.send("127.0.0.1", write.copy()).problem(401);
    assertThat(
            SecuredWorker.send("127.0.0.1", write.copy(), "Authorization: Bearer " + without(scope))
                .problem(403))
        .contains(scope.value());
    assertThat(
            SecuredWorker.send(
                    "127.0.0.1", write.copy(), "Authorization: Bearer " + worker.credentials())
                .json()
                .has("example"))
        .isTrue();
  }

  /** Neither good ones nor wrong ones, and not even their ends. */
  @Test
  void credentialsAreNotWrittenIntoTheLogWhateverIsLogged() {
    List<String> all = new ArrayList<>(worker.wrong().values());
    all.add(worker.credentials());
    all.removeIf(credentials -> credentials.length() < SECRET_CHARS);
    assertThat(all).hasSizeGreaterThan(3);
    Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    Logger security = (Logger) LoggerFactory.getLogger("org.springframework.security");
    Logger web = (Logger) LoggerFactory.getLogger("org.springframework.web");
    ListAppender<ILoggingEvent> logged = new ListAppender<>();
    logged.setContext(root.getLoggerContext());
    logged.start();
    root.addAppender(logged);
    security.setLevel(Level.TRACE);
    web.setLevel(Level.TRACE);
    try {
      for (String credentials : all) {
        bearer(rest("/api/v2/agents"), credentials);
        bearer(management("/actuator/prometheus"), credentials);
        SecuredWorker.get(rest("/api/v2/agents"), "X-API-Key: " + credentials);
      }
    } finally {
      security.setLevel(null);
      web.setLevel(null);
      root.detachAppender(logged);
    }

    assertThat(logged.list)
        .extracting(ILoggingEvent::getLoggerName)
        .anyMatch(name -> name.startsWith("org.springframework.security"));
    for (String credentials : all) {
      String end = credentials.substring(credentials.length() - SECRET_CHARS);
      assertThat(logged.list)
          .extracting(WhoMayRead::asLogged)
          .noneMatch(text -> text.contains(end));
    }
  }

  private static String asLogged(ILoggingEvent event) {
    return "%s %s %s"
        .formatted(
            event.getFormattedMessage(),
            event.getKeyValuePairs(),
            ThrowableProxyUtil.asString(event.getThrowableProxy()));
  }

  @Test
  void everyAnswerTellsBrowsersWhatItIsNot() {
    for (Answer answer :
        List.of(
            bearer(rest("/api/v2/agents"), worker.credentials()),
            bearer(rest("/api/v2/agents?x=1"), worker.credentials()),
            bearer(rest("/api/v2/nothing"), worker.credentials()),
            bearer(rest("/api/v2/agents"), without(Scope.AGENTS_READ)),
            bearer(rest("/api/v2//agents"), worker.credentials()),
            SecuredWorker.get(rest("/api/v2/agents")),
            SecuredWorker.get(management("/actuator/health")),
            SecuredWorker.get(management("/actuator/prometheus")))) {
      assertThat(answer.header("x-content-type-options")).isEqualTo("nosniff");
      assertThat(answer.header("x-frame-options")).isEqualTo("DENY");
      assertThat(answer.header("content-security-policy")).contains("default-src 'none'");
      assertThat(answer.header("referrer-policy")).isEqualTo("no-referrer");
      assertThat(answer.header("cross-origin-resource-policy")).isEqualTo("same-origin");
      assertThat(answer.header("cache-control")).isEqualTo("no-store");
      assertThat(answer.header("strict-transport-security")).as("without TLS").isEmpty();
      assertThat(answer.header("set-cookie")).isEmpty();
      assertThat(answer.header("access-control-allow-origin")).isEmpty();
      assertThat(answer.header("server")).isEmpty();
    }
  }

  /** What a path takes, by openapi.yaml; what is not described there, by the list of rules. */
  private static Set<Scope> documented(String path) {
    if (path.startsWith("/actuator")) {
      return ReadRule.MANAGEMENT.stream()
          .filter(rule -> rule.pattern().equals(path))
          .findFirst()
          .orElseThrow()
          .scopes();
    }
    JsonNode alternatives = API.path("paths").path(path).at("/get/security");
    assertThat(alternatives.isArray()).as("security of %s in openapi.yaml", path).isTrue();
    List<Set<Scope>> scopes =
        alternatives
            .valueStream()
            .map(
                scheme ->
                    scheme
                        .properties()
                        .iterator()
                        .next()
                        .getValue()
                        .valueStream()
                        .map(scope -> Scope.of(scope.asString()).orElseThrow())
                        .collect(Collectors.toSet()))
            .toList();
    // The same whichever the credentials are.
    assertThat(scopes).as(path).hasSize(2).containsOnly(scopes.getFirst());
    return scopes.getFirst();
  }

  String without(Scope scope) {
    return worker.credentials(EnumSet.complementOf(EnumSet.of(scope)));
  }

  URI rest(String path) {
    return worker.worker().rest().resolve(path);
  }

  URI management(String path) {
    return worker.worker().management().resolve(path);
  }

  static Answer bearer(URI uri, String credentials) {
    return SecuredWorker.get(uri, "Authorization: Bearer " + credentials);
  }
}
