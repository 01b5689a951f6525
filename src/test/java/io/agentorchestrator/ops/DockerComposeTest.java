package io.agentorchestrator.ops;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.agentorchestrator.rest.Scope;
import io.agentorchestrator.security.ApiKeyHash;
import io.agentorchestrator.security.SecurityProperties;
import io.agentorchestrator.shutdown.ShutdownBudget;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kafka.server.KafkaConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Checks {@code docker-compose.yml} and the image it builds as far as that goes without a Docker
 * engine: against Kafka's own configuration parser, and for the properties that a running stack
 * would not miss until it is too late.
 */
class DockerComposeTest {

  private static final Path COMPOSE = Path.of("docker-compose.yml");
  private static final Path DOCKERFILE = Path.of("ops", "Dockerfile");

  private final JsonNode compose = read();
  private final JsonNode worker = service("worker");

  @Test
  void workerWaitsForHealthyServices() {
    assertThat(worker.path("depends_on").propertyNames())
        .containsExactlyInAnyOrder("postgres", "kafka");
    assertThat(worker.path("depends_on"))
        .allSatisfy(
            dependency ->
                assertThat(dependency.path("condition").asString()).isEqualTo("service_healthy"));
  }

  @Test
  void everyServiceTellsItsHealthAndComesBack() {
    assertThat(compose.path("services"))
        .hasSize(3)
        .allSatisfy(
            service -> {
              assertThat(service.path("healthcheck").path("test").isArray()).isTrue();
              assertThat(service.path("restart").asString()).isEqualTo("unless-stopped");
              assertThat(service.path("stop_grace_period").asString()).isEqualTo("30s");
            });
  }

  @Test
  void workerHasMoreTimeToEndThanItTakes() {
    assertThat(Duration.parse("PT" + worker.path("stop_grace_period").asString()))
        .isGreaterThan(ShutdownBudget.TOTAL);
  }

  @Test
  void portsAreBoundToLoopback() {
    assertThat(compose.path("services"))
        .allSatisfy(
            service ->
                assertThat(strings(service.path("ports")))
                    .isNotEmpty()
                    .allMatch(port -> port.startsWith("127.0.0.1:")));
  }

  @Test
  void postgresDecodesItsLogAndKeepsItsData() {
    JsonNode postgres = service("postgres");

    assertThat(postgres.path("image").asString()).isEqualTo("postgres:18");
    assertThat(strings(postgres.path("command"))).containsSequence("-c", "wal_level=logical");
    assertThat(strings(postgres.path("volumes")))
        .containsExactly("postgres-data:/var/lib/postgresql");
  }

  @Test
  void kafkaAcceptsItsSettings() {
    // Given
    Properties settings = kafkaSettings();

    // When
    KafkaConfig config = KafkaConfig.fromProps(settings, false);

    // Then
    assertThat(KafkaConfig.configDef().names()).containsAll(settings.stringPropertyNames());
    assertThat(config.nodeId()).isEqualTo(1);
    assertThat(settings)
        .containsEntry("auto.create.topics.enable", "false")
        .containsEntry("add.partitions.to.txn.retry.backoff.ms", "1");
  }

  @Test
  void kafkaKeepsItsDataInItsVolume() {
    assertThat(strings(service("kafka").path("volumes")))
        .containsExactly("kafka-data:" + kafkaSettings().getProperty("log.dirs"));
  }

  @Test
  void workerReachesBothServicesByName() {
    JsonNode environment = worker.path("environment");

    assertThat(environment.path("DATABASE_URL").asString()).contains("@postgres:5432/");
    assertThat(kafkaSettings().getProperty("advertised.listeners").split(","))
        .contains(
            "CONTAINERS://" + environment.path("KAFKA_BOOTSTRAP_SERVERS").asString(),
            "HOST://127.0.0.1:9092");
    assertThat(environment.path("SERVER_ADDRESS").asString()).isEqualTo("0.0.0.0");
    assertThat(environment.path("MANAGEMENT_SERVER_ADDRESS").asString()).isEqualTo("0.0.0.0");
  }

  /** It would not start otherwise, on an address that is not loopback. */
  @Test
  void workerKnowsWhoMayRead() throws IOException {
    // Given
    JsonNode environment = worker.path("environment");
    Map<String, Object> variables = new LinkedHashMap<>();
    environment
        .properties()
        .forEach(
            variable ->
                variables.put(
                    variable.getKey(),
                    variable.getValue().asString().replaceAll("\\$\\{\\w+:-([^}]*)}", "$1")));
    StandardEnvironment settings = new StandardEnvironment();
    settings
        .getPropertySources()
        .addFirst(new SystemEnvironmentPropertySource("systemEnvironment", variables));
    ConfigurationPropertySources.attach(settings);
    String documented = Files.readString(Path.of("ops", "README.md"));
    Matcher key = Pattern.compile("X-API-Key: (\\S+)'").matcher(documented);
    assertThat(key.find()).isTrue();

    // When
    SecurityProperties security =
        Binder.get(settings).bind("orchestrator.security", SecurityProperties.class).get();

    // Then
    assertThat(security.mode()).isEqualTo(SecurityProperties.Mode.API_KEY);
    assertThat(security.apiKeys())
        .singleElement()
        .satisfies(
            local -> {
              assertThat(ApiKeyHash.parse(local.hash()).isOf(key.group(1))).isTrue();
              assertThat(local.scopes()).containsExactlyInAnyOrder(Scope.values());
            });
    assertThat(environment.path("ORCHESTRATOR_SECURITY_APIKEYS_0_HASH").asString())
        .startsWith("${ORCHESTRATOR_API_KEY_HASH:-");
  }

  @Test
  void databasePasswordIsTheSameOnBothSides() {
    String password = service("postgres").path("environment").path("POSTGRES_PASSWORD").asString();

    assertThat(password).startsWith("${POSTGRES_PASSWORD:-");
    assertThat(worker.path("environment").path("DATABASE_URL").asString())
        .contains(":" + password + "@");
  }

  @Test
  void workerRunsWithoutPrivileges() {
    assertThat(worker.has("user")).isFalse();
    assertThat(worker.has("privileged")).isFalse();
    assertThat(worker.path("read_only").asBoolean()).isTrue();
    assertThat(strings(worker.path("cap_drop"))).containsExactly("ALL");
    assertThat(strings(worker.path("security_opt"))).contains("no-new-privileges:true");
    assertThat(worker.has("mem_limit")).isTrue();
    assertThat(strings(worker.path("tmpfs")))
        .singleElement()
        .asString()
        .matches("/tmp:(.*,)?exec(,.*)?");
  }

  @Test
  void workerIsTheImageOfTheDockerfileAsItStands() {
    assertThat(worker.path("build").path("context").asString()).isEqualTo(".");
    assertThat(Path.of(worker.path("build").path("dockerfile").asString())).isEqualTo(DOCKERFILE);
    assertThat(worker.has("command")).isFalse();
    assertThat(worker.has("entrypoint")).isFalse();
  }

  @Test
  void imageRunsAsANumberedUser() throws IOException {
    assertThat(instruction("USER")).matches("[1-9]\\d*:[1-9]\\d*");
    assertThat(instruction("STOPSIGNAL")).isEqualTo("SIGTERM");
    assertThat(instruction("EXPOSE")).isEqualTo("8080 8081");
  }

  @Test
  void javaAcceptsTheEntrypointsOptions() throws IOException, InterruptedException {
    // Given
    List<String> entrypoint =
        strings(new YAMLMapper().readTree(instruction("ENTRYPOINT"))); // JSON is YAML
    assertThat(entrypoint).startsWith("java").endsWith("-jar", "agent-orchestrator.jar");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(entrypoint.subList(1, entrypoint.indexOf("-jar")));
    command.add("-version");

    // When
    int exitCode = run(command);

    // Then
    assertThat(exitCode).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 503})
  @EnabledOnOs(OS.LINUX)
  void healthcheckTellsReadyFromNotReady(int status) throws IOException, InterruptedException {
    // Given
    List<String> test = strings(worker.path("healthcheck").path("test"));
    assertThat(test).startsWith("CMD").last().asString().contains("/8081 ");
    AtomicReference<String> asked = new AtomicReference<>("");
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          asked.set(exchange.getRequestURI().toString());
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    server.start();
    try {
      List<String> command =
          test.subList(1, test.size()).stream()
              .map(part -> part.replace("/8081 ", "/" + server.getAddress().getPort() + " "))
              .toList();

      // When
      int exitCode = run(command);

      // Then
      assertThat(exitCode == 0).isEqualTo(status == 200);
      assertThat(asked.get()).isEqualTo("/actuator/health/readiness");
    } finally {
      server.stop(0);
    }
  }

  static JsonNode read() {
    // A key given twice is lost silently otherwise.
    return YAMLMapper.builder()
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .build()
        .readTree(COMPOSE);
  }

  private JsonNode service(String name) {
    JsonNode service = compose.path("services").path(name);
    assertThat(service.isObject()).as("service %s", name).isTrue();
    return service;
  }

  /**
   * The image's rule: {@code KAFKA_NODE_ID} sets {@code node.id}; heap options are the script's.
   */
  private Properties kafkaSettings() {
    Properties settings = new Properties();
    for (var variable : service("kafka").path("environment").properties()) {
      if (!variable.getKey().equals("KAFKA_HEAP_OPTS")) {
        settings.setProperty(
            variable
                .getKey()
                .replaceFirst("^KAFKA_", "")
                .toLowerCase(Locale.ROOT)
                .replace('_', '.'),
            variable.getValue().asString());
      }
    }
    return settings;
  }

  /** What the Dockerfile's last stage says after the keyword, which must be there once. */
  private static String instruction(String keyword) throws IOException {
    String stages = Files.readString(DOCKERFILE);
    String image = stages.substring(stages.lastIndexOf("\nFROM "));
    List<String> values =
        Pattern.compile("^" + keyword + " (.+)$", Pattern.MULTILINE)
            .matcher(image)
            .results()
            .map(match -> match.group(1))
            .toList();
    assertThat(values).as(keyword).hasSize(1);
    return values.getFirst();
  }

  private static List<String> strings(JsonNode array) {
    return array.valueStream().map(JsonNode::asString).toList();
  }

  private static int run(List<String> command) throws IOException, InterruptedException {
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }
}
