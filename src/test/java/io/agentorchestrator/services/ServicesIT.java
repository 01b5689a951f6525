package io.agentorchestrator.services;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.local.LocalWorker;
import io.agentorchestrator.local.Site;
import io.agentorchestrator.log.EntityFold;
import io.agentorchestrator.pipeline.Event;
import io.agentorchestrator.pipeline.Pipeline;
import io.agentorchestrator.pipeline.TopicReader;
import io.agentorchestrator.rest.Reading;
import io.agentorchestrator.schemas.OpenApi;
import io.agentorchestrator.schemas.Schemas;
import io.agentorchestrator.services.ServiceChecks.Claim;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Two workers that monitor services on this machine, which go down, are slow, and come back. */
class ServicesIT {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Set<String> DERIVED =
      Set.of("response_time_ms", "last_checked_at", "last_error", "consecutive_failures", "stale");
  private static final Schemas SCHEMAS = Schemas.load();

  /** The services, each with a path of its own name in lower case. */
  private static final List<String> NAMES =
      List.of("Falling", "Flapping", "Slow", "Shared", "Claimed", "Rare");

  private static final FakeService SERVERS = new FakeService();
  private static final Site SITE = Site.fresh();
  private static final List<LocalWorker> WORKERS = new ArrayList<>();
  private static @Nullable TopicReader log;

  @BeforeAll
  static void start() {
    SERVERS.answer("/flapping", number -> number % 2 == 0 ? 500 : 200);
    WORKERS.add(LocalWorker.start(SITE, settings()));
    WORKERS.add(LocalWorker.start(SITE, settings()));
    log = new TopicReader(SITE.servers().bootstrapServers(), SITE.topic("orchestrator.log"));
  }

  @AfterAll
  static void stop() {
    if (log != null) {
      log.close();
    }
    WORKERS.forEach(LocalWorker::close);
    SERVERS.close();
  }

  private static String[] settings(String... more) {
    Stream<String> services =
        IntStream.range(0, NAMES.size())
            .boxed()
            .flatMap(
                n ->
                    Stream.concat(
                            Stream.of(
                                "name=" + NAMES.get(n),
                                "url=" + SERVERS.url(path(NAMES.get(n))),
                                "failure-threshold=2",
                                "success-threshold=2",
                                "allowed-networks=127.0.0.0/8"),
                            times(NAMES.get(n)))
                        .map(setting -> "--orchestrator.services[%d].%s".formatted(n, setting)));
    return Stream.of(
            services,
            Stream.of(
                "--orchestrator.service-monitoring.sweep=50ms",
                "--orchestrator.dispatch.enabled=false",
                "--orchestrator.timers.enabled=false"),
            Stream.of(more))
        .flatMap(each -> each)
        .toArray(String[]::new);
  }

  /** A busy machine holds up an answer now and then; where one would say too much, it may. */
  private static Stream<String> times(String name) {
    return switch (name) {
      case "Rare" -> Stream.of("interval=1h", "timeout=60s");
      case "Flapping" -> Stream.of("interval=2s", "timeout=2s", "failure-threshold=4");
      case "Slow" -> Stream.of("interval=2s", "timeout=2s", "slow-threshold=900ms");
      default -> Stream.of("interval=1s", "timeout=1s");
    };
  }

  private static String path(String name) {
    return "/" + name.toLowerCase(Locale.ROOT);
  }

  private static UUID id(String name) {
    return Services.at("http://a.example", "name", name).id();
  }

  /** Waits for the events of a service, each of which is held to its schema. */
  private static List<Event> events(String name, int atLeast) {
    List<Event> found = new ArrayList<>();
    Objects.requireNonNull(log)
        .until(
            "events of " + name,
            records -> {
              found.clear();
              records.stream()
                  .map(Event::of)
                  .filter(event -> id(name).toString().equals(event.key()))
                  .forEach(found::add);
              return found.size() >= atLeast;
            });
    assertThat(found)
        .allSatisfy(event -> assertThat(SCHEMAS.violations(event.type(), event.json())).isEmpty())
        .extracting(Event::type)
        .containsOnly("service.health-changed.v1");
    return found;
  }

  private static List<String> statuses(List<Event> events) {
    return events.stream()
        .map(event -> event.changes().path("status").asString("the same"))
        .toList();
  }

  private static Reading.Answer ask(LocalWorker worker, String query) {
    Reading.Answer answer =
        Reading.send(
            HttpRequest.newBuilder(worker.rest().resolve("/api/v2/health/services" + query)));
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    OpenApi.hold("/api/v2/health/services", answer);
    return answer;
  }

  private static JsonNode shown(LocalWorker worker, String name) {
    for (JsonNode each : ask(worker, "").json().get("services")) {
      if (each.get("name").stringValue().equals(name)) {
        return each;
      }
    }
    throw new AssertionError("not shown: " + name);
  }

  private static boolean isShown(String name, String status) {
    return shown(WORKERS.get(0), name).get("status").stringValue().equals(status);
  }

  private static void assertFoldIsShown(String name, List<Event> events) {
    EntityFold fold = new EntityFold(id(name));
    events.forEach(event -> fold.apply(event.version(), (ObjectNode) event.changes()));
    JsonNode folded = Schemas.parse(Schemas.JSON.writeValueAsBytes(fold.entity()));
    for (LocalWorker worker : WORKERS) {
      ObjectNode shown = (ObjectNode) shown(worker, name);
      shown.remove(DERIVED);
      assertThat(shown).isEqualTo(folded);
    }
  }

  @Test
  void tellsThatAServiceGoesDownAndComesBack() {
    List<Event> first = events("Falling", 1);
    assertThat(statuses(first)).containsExactly("healthy");
    assertFoldIsShown("Falling", first);
    int before = SERVERS.asked("/falling").size();

    SERVERS.answer("/falling", 503);

    List<Event> down = events("Falling", 2);
    assertThat(SERVERS.asked("/falling").size() - before).isGreaterThanOrEqualTo(2);
    Event event = down.getLast();
    assertThat(event.version()).isEqualTo(2);
    assertThat(event.data().get("operation").stringValue()).isEqualTo("service.check");
    assertThat(event.commandSource()).isEqualTo("/agent-orchestrator/monitor");
    assertThat(event.changes().get("error").stringValue())
        .isEqualTo("It answered with status 503 instead of 200-299.");
    assertThat(event.details().get("from").stringValue()).isEqualTo("healthy");
    assertFoldIsShown("Falling", down);
    JsonNode shown = ask(WORKERS.get(0), "?min_position=" + event.position()).json();
    assertThat(shown.get("status").stringValue()).isEqualTo("unhealthy");

    SERVERS.answer("/falling", 204);

    List<Event> back = events("Falling", 3);
    assertThat(statuses(back)).containsExactly("healthy", "unhealthy", "healthy");
    assertThat(back.getLast().changes().get("error").isNull()).isTrue();
    assertFoldIsShown("Falling", back);
  }

  @Test
  void makesNothingOfASingleFailure() {
    await().atMost(PATIENCE).until(() -> SERVERS.asked("/flapping").size() >= 6);

    assertThat(statuses(events("Flapping", 1))).containsExactly("healthy");
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              JsonNode shown = shown(WORKERS.get(0), "Flapping");
              assertThat(shown.get("consecutive_failures").intValue()).isEqualTo(1);
              assertThat(shown.get("last_error").stringValue()).contains("status 500");
              assertThat(shown.get("error").isNull()).isTrue();
            });
  }

  @Test
  void tellsThatAServiceIsSlow() {
    await().atMost(PATIENCE).until(() -> isShown("Slow", "healthy"));
    SERVERS.delay("/slow", 1000);

    await().atMost(PATIENCE).until(() -> isShown("Slow", "degraded"));
    List<Event> events = events("Slow", 2);
    assertThat(events.getLast().changes().get("error").stringValue())
        .matches("It answered in [0-9]{4} ms, more than 900 ms\\.");
    assertFoldIsShown("Slow", events);
    assertThat(shown(WORKERS.get(1), "Slow").get("response_time_ms").intValue())
        .isGreaterThanOrEqualTo(1000);

    SERVERS.delay("/slow", 20_000);

    await().atMost(PATIENCE).until(() -> isShown("Slow", "unhealthy"));
    assertThat(statuses(events("Slow", events.size() + 1))).endsWith("degraded", "unhealthy");
    assertThat(shown(WORKERS.get(0), "Slow").get("response_time_ms").isNull()).isTrue();
  }

  @Test
  void probesOnceInAnIntervalHoweverManyWorkersThereAre() {
    int intervals = 15;
    await().atMost(PATIENCE).until(() -> SERVERS.asked("/shared").size() > intervals);

    // Claimed by the database's clock, and asked a moment later, which may be long on a busy
    // machine: two workers with a clock each would take half the time all the same.
    List<Long> times = SERVERS.asked("/shared");
    assertThat(Duration.ofNanos(times.get(intervals) - times.getFirst()))
        .isGreaterThan(Duration.ofMillis(intervals * 700L));
  }

  @Test
  void takesOverFromAWorkerThatDiedWithItsClaim() {
    events("Claimed", 1);
    JdbcClient jdbc = WORKERS.get(0).bean(JdbcClient.class);
    // Put off by more than an interval and less than what is taken for a clock that was put back.
    jdbc.sql(
            """
            UPDATE service_checks
            SET claim = gen_random_uuid(), next_check_at = orchestrator_clock() + interval '3 s'
            WHERE service_id = ?
            """)
        .param(id("Claimed"))
        .update();
    int before = SERVERS.asked("/claimed").size();

    await().atMost(PATIENCE).until(() -> SERVERS.asked("/claimed").size() > before + 1);

    List<Long> times = SERVERS.asked("/claimed");
    assertThat(
            IntStream.range(1, times.size())
                .mapToObj(i -> Duration.ofNanos(times.get(i) - times.get(i - 1))))
        .anySatisfy(gap -> assertThat(gap).isGreaterThan(Duration.ofMillis(2500)));
  }

  @Test
  void isClaimedByOneOfMany() {
    MonitoredService own = Services.at("http://127.0.0.1:1/", "name", "Contended");
    List<ServiceChecks> checks =
        WORKERS.stream().map(worker -> worker.bean(ServiceChecks.class)).toList();
    checks.getFirst().register(List.of(own), true);

    for (int round = 0; round < 10; round++) {
      List<CompletableFuture<List<Claim>>> all =
          IntStream.range(0, 6)
              .mapToObj(
                  n ->
                      CompletableFuture.supplyAsync(() -> checks.get(n % 2).claim(List.of(own), 5)))
              .toList();
      List<Claim> claims = all.stream().flatMap(each -> each.join().stream()).toList();
      assertThat(claims).as("claims of round %d", round).hasSize(1);
      runOut(own);
    }
  }

  private static void runOut(MonitoredService service) {
    WORKERS
        .getFirst()
        .bean(JdbcClient.class)
        .sql("UPDATE service_checks SET next_check_at = orchestrator_clock() WHERE service_id = ?")
        .param(service.id())
        .update();
  }

  @Test
  void hearsNobodyWhoseClaimIsLost() {
    MonitoredService own =
        Services.at("http://127.0.0.1:1/", "name", "Fenced", "failure-threshold", "1");
    ServiceChecks checks = WORKERS.get(0).bean(ServiceChecks.class);
    checks.register(List.of(own), true);
    Claim lost = checks.claim(List.of(own), 1).getFirst();
    assertThat(checks.claim(List.of(own), 1)).isEmpty();
    runOut(own);
    Claim claim = checks.claim(List.of(own), 1).getFirst();
    Observation seen = Observation.timedOut(own);

    assertThat(checks.record(lost, seen)).isEmpty();
    assertThat(checks.record(claim, seen)).contains(ServiceStatus.UNHEALTHY);
    assertThat(checks.record(claim, seen)).as("twice").isEmpty();

    assertThat(events("Fenced", 1)).hasSize(1);
    assertThat(checks.claim(List.of(own), 1)).as("before its interval is over").isEmpty();
  }

  /** As while one worker after the other is replaced. */
  @Test
  void leavesAUrlToTheWorkerThatStartedLast() {
    MonitoredService before = Services.at("http://127.0.0.1:1/before", "name", "Moved");
    MonitoredService after = Services.at("http://127.0.0.1:1/after", "name", "Moved");
    ServiceChecks checks = WORKERS.get(0).bean(ServiceChecks.class);
    Duration took = Duration.ofMillis(3);
    checks.register(List.of(before), true);
    assertThat(checks.record(claim(checks, before), Observation.answered(before, took)))
        .contains(ServiceStatus.HEALTHY);
    runOut(before);
    Claim old = claim(checks, before);

    checks.register(List.of(before), false);
    checks.register(List.of(after), true);
    checks.register(List.of(before), false);

    assertThat(checks.record(old, Observation.timedOut(before))).isEmpty();
    assertThat(checks.claim(List.of(before), 1)).isEmpty();
    assertThat(checks.record(claim(checks, after), Observation.timedOut(after)))
        .contains(ServiceStatus.UNKNOWN);
    List<Event> events = events("Moved", 2);
    assertThat(statuses(events)).containsExactly("healthy", "unknown");
    assertThat(events.getLast().changes().get("url").stringValue()).isEqualTo(after.url());
  }

  private static Claim claim(ServiceChecks checks, MonitoredService service) {
    return checks.claim(List.of(service), 1).getFirst();
  }

  /** Its next probe is an hour away, and somebody has put the clock back by a day. */
  @Test
  void probesWhatAClockThatWasPutBackHasPutOff() {
    MonitoredService own = Services.at("http://127.0.0.1:1/", "name", "Put off");
    ServiceChecks checks = WORKERS.get(0).bean(ServiceChecks.class);
    checks.register(List.of(own), true);
    JdbcClient jdbc = WORKERS.get(0).bean(JdbcClient.class);
    String put =
        """
        UPDATE service_checks SET next_check_at = orchestrator_clock() + ?::interval
        WHERE service_id = ?
        """;

    jdbc.sql(put).params("30 s", own.id()).update();
    assertThat(checks.claim(List.of(own), 1)).isEmpty();
    jdbc.sql(put).params("1 day", own.id()).update();
    assertThat(checks.claim(List.of(own), 1)).hasSize(1);
  }

  @Test
  void saysWhenNobodyProbesAServiceAnyMore() {
    events("Rare", 1);
    JdbcClient jdbc = WORKERS.get(0).bean(JdbcClient.class);
    assertThat(shown(WORKERS.get(0), "Rare").get("last_checked_at").isNull()).isFalse();
    assertThat(shown(WORKERS.get(0), "Rare").get("stale").booleanValue()).isFalse();

    // Three intervals of an hour, and the timeout.
    jdbc.sql(
            """
            UPDATE service_checks SET last_checked_at = last_checked_at - interval '3 h 2 min'
            WHERE service_id = ?
            """)
        .param(id("Rare"))
        .update();

    JsonNode rare = shown(WORKERS.get(1), "Rare");
    assertThat(rare.get("stale").booleanValue()).isTrue();
    assertThat(rare.get("status").stringValue()).isEqualTo("healthy");
    assertThat(ask(WORKERS.get(0), "").json().get("status").stringValue()).isNotEqualTo("healthy");
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(metrics(WORKERS.get(1)))
                    .anyMatch(line -> line.matches("orchestrator_services_stale(\\{.*})? 1\\.0")));
    assertThat(metrics(WORKERS.get(1)))
        .contains(
            "orchestrator_service_status{service=\"Rare\",status=\"healthy\"} 1.0",
            "orchestrator_service_status{service=\"Rare\",status=\"unhealthy\"} 0.0");
  }

  private static List<String> metrics(LocalWorker worker) {
    return Pipeline.http(worker.management().resolve("/actuator/prometheus"))
        .body()
        .lines()
        .toList();
  }

  @Test
  void probesNothingWhereItIsSwitchedOff() {
    try (FakeService untouched = new FakeService();
        LocalWorker worker =
            LocalWorker.start(
                SITE,
                "--orchestrator.service-monitoring.enabled=false",
                "--orchestrator.service-monitoring.sweep=50ms",
                "--orchestrator.services[0].name=Untouched",
                "--orchestrator.services[0].url=" + untouched.url("/"),
                "--orchestrator.services[0].interval=1s",
                "--orchestrator.services[0].timeout=1s",
                "--orchestrator.services[0].allowed-networks=127.0.0.0/8")) {
      JsonNode answer = ask(worker, "").json();

      assertThat(answer)
          .isEqualTo(
              Schemas.JSON.valueToTree(
                  Map.of("enabled", false, "status", "disabled", "services", List.of())));
      // With time to do what is not to be done: it is ready to write, and dispatch has looked.
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  Pipeline.counted(
                          worker, "orchestrator_transactions_seconds_count", "read_only=\"false\"")
                      > 5);
      assertThat(untouched.asked("/")).isEmpty();
      assertThat(metrics(worker)).noneMatch(line -> line.startsWith("orchestrator_service"));
      assertThat(
              worker
                  .bean(JdbcClient.class)
                  .sql("SELECT count(*) FROM service_checks WHERE service_id = ?")
                  .param(id("Untouched"))
                  .query(Integer.class)
                  .single())
          .isZero();
    }
  }
}
