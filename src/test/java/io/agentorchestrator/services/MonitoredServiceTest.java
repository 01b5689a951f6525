package io.agentorchestrator.services;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class MonitoredServiceTest {

  private static final String NAME = "orchestrator.services[0].name=Billing";
  private static final String URL = "orchestrator.services[0].url=https://billing.example/health";

  private final ApplicationContextRunner context =
      new ApplicationContextRunner().withUserConfiguration(ServicesConfiguration.class);

  @Test
  void isNoneUnlessConfigured() {
    context.run(
        started -> {
          assertThat(started.getBean(MonitoredServices.class).services()).isEmpty();
          assertThat(started.getBean(MonitoringProperties.class))
              .isEqualTo(
                  new MonitoringProperties(true, 8, Duration.ofSeconds(1), "agent-orchestrator"));
        });
  }

  @Test
  void hasTheDefaultsItDocuments() {
    context
        .withPropertyValues(NAME, URL)
        .run(
            started ->
                assertThat(started.getBean(MonitoredServices.class).services())
                    .containsExactly(
                        new MonitoredService(
                            "Billing",
                            "https://billing.example/health",
                            Duration.ofSeconds(30),
                            Duration.ofSeconds(5),
                            3,
                            2,
                            new StatusRange(200, 299),
                            null,
                            0,
                            List.of(),
                            Map.of())));
  }

  @Test
  void isReadWithAllItsSettings() {
    context
        .withPropertyValues(
            NAME,
            URL,
            "orchestrator.services[0].interval=1m",
            "orchestrator.services[0].timeout=900ms",
            "orchestrator.services[0].failure-threshold=4",
            "orchestrator.services[0].success-threshold=1",
            "orchestrator.services[0].expected-status=204",
            "orchestrator.services[0].slow-threshold=250ms",
            "orchestrator.services[0].max-redirects=2",
            "orchestrator.services[0].allowed-networks=10.1.0.0/16,fd00::/8",
            "orchestrator.services[0].headers.Authorization=Bearer abc",
            "orchestrator.services[1].name=Search",
            "orchestrator.services[1].url=http://search.example")
        .run(
            started -> {
              List<MonitoredService> services = started.getBean(MonitoredServices.class).services();
              assertThat(services)
                  .extracting(MonitoredService::name)
                  .containsExactly("Billing", "Search");
              assertThat(services.getFirst())
                  .isEqualTo(
                      new MonitoredService(
                          "Billing",
                          "https://billing.example/health",
                          Duration.ofMinutes(1),
                          Duration.ofMillis(900),
                          4,
                          1,
                          new StatusRange(204, 204),
                          Duration.ofMillis(250),
                          2,
                          List.of(Network.of("10.1.0.0/16"), Network.of("fd00::/8")),
                          Map.of("Authorization", "Bearer abc")));
            });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "name=ab | name",
        "name=a\u0001bc | name",
        "url=ftp://billing.example | Expected an absolute http or https URL.",
        "url=http://u:secret@billing.example | Expected a URL without a user.",
        "interval=999ms | interval",
        "interval=3601s | interval",
        "timeout=99ms | timeout",
        "timeout=31s | Expected the timeout to be at most the interval of PT30S, but it is PT31S.",
        "failure-threshold=0 | failureThreshold",
        "failure-threshold=11 | failureThreshold",
        "success-threshold=0 | successThreshold",
        "success-threshold=11 | successThreshold",
        "expected-status=199 | Expected a status such as 204 or 200-299, but it is 199.",
        "expected-status=300-299 | Expected a status",
        "expected-status=2xx | Expected a status",
        "slow-threshold=0ms | slowThreshold",
        "slow-threshold=5s | Expected the slow-threshold to be less than the timeout of PT5S",
        "max-redirects=-1 | maxRedirects",
        "max-redirects=6 | maxRedirects",
        "allowed-networks=10.0.0.0 | Expected a network such as 10.0.0.0/8",
        "allowed-networks=169.254.0.0/16 | Expected allowed networks within",
        "headers.Host=other | Host is no header to be set.",
        "headers.content-length=1 | content-length is no header to be set.",
        "headers[X Y]=1 | X Y is no header to be set.",
        "headers.Authorization=sëcret | Expected the header Authorization"
      })
  void isRefusedOutOfItsBounds(String setting, String because) {
    context
        .withPropertyValues(NAME, URL, "orchestrator.services[0]." + setting)
        .run(
            started -> {
              assertThat(started).hasFailed();
              assertThat(causes(started.getStartupFailure()))
                  .anySatisfy(message -> assertThat(message).contains(because))
                  .allSatisfy(message -> assertThat(message).doesNotContain("secret", "sëcret"));
            });
  }

  private static List<String> causes(@Nullable Throwable failure) {
    return Stream.iterate(failure, cause -> cause != null, Throwable::getCause)
        .map(cause -> String.valueOf(cause.getMessage()))
        .toList();
  }

  @Test
  void needsANameOfItsOwn() {
    context
        .withPropertyValues(NAME, URL, NAME.replace("[0]", "[1]"), URL.replace("[0]", "[1]"))
        .run(
            started ->
                assertThat(causes(started.getStartupFailure()))
                    .anySatisfy(message -> assertThat(message).contains("two are called Billing")));
    context.withPropertyValues(URL).run(started -> assertThat(started).hasFailed());
    context.withPropertyValues(NAME).run(started -> assertThat(started).hasFailed());
  }

  @Test
  void isOneOfTwoHundredAtMost() {
    String[] many =
        IntStream.rangeClosed(0, 200)
            .boxed()
            .flatMap(
                n ->
                    Stream.of(
                        "orchestrator.services[%d].name=Service %d".formatted(n, n),
                        "orchestrator.services[%d].url=http://a.example".formatted(n)))
            .toArray(String[]::new);

    context
        .withPropertyValues(Stream.of(many).limit(400).toArray(String[]::new))
        .run(started -> assertThat(started).hasNotFailed());
    context.withPropertyValues(many).run(started -> assertThat(started).hasFailed());
  }

  @Test
  void hasTheIdOfItsNameOnEveryWorker() {
    UUID id = Services.at("http://a.example").id();

    assertThat(id).isEqualTo(UUID.fromString("5bb3aeee-b5e8-5e8c-9795-52c93aa60a24"));
    assertThat(id.version()).isEqualTo(5);
    assertThat(id.variant()).isEqualTo(2);
    assertThat(Services.at("http://b.example").id()).isEqualTo(id);
    assertThat(Services.at("http://a.example", "name", "billing").id()).isNotEqualTo(id);
  }

  @Test
  void tellsNobodyItsHeaders() {
    assertThat(Services.at("http://a.example", "headers.Authorization", "Bearer abc"))
        .asString()
        .contains("Billing")
        .doesNotContain("Bearer", "a.example");
  }

  @Test
  void isDocumentedSettingBySetting() throws IOException {
    String readme = Files.readString(Path.of("README.md"));

    for (RecordComponent each : MonitoredService.class.getRecordComponents()) {
      String setting = each.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
      assertThat(readme).contains("| `" + setting + "` |");
    }
  }
}
