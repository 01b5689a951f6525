package io.agentorchestrator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The README's table of settings is what the code says of them. */
class ReadmeTest {

  @Test
  void listsEverySettingAsTheCodeDocumentsIt() throws IOException {
    String readme = Files.readString(Path.of("README.md"));

    String table =
        readme.substring(readme.indexOf("<!-- settings -->"), readme.indexOf("<!-- /settings -->"));

    assertThat(table).isEqualTo("<!-- settings -->\n" + settings());
  }

  private static String settings() throws IOException {
    Map<String, String> rows = new TreeMap<>();
    try (InputStream metadata =
        Objects.requireNonNull(
            AgentOrchestratorApplication.class.getResourceAsStream(
                "/META-INF/spring-configuration-metadata.json"))) {
      for (JsonNode property : JsonMapper.shared().readTree(metadata).get("properties")) {
        String name = property.get("name").stringValue();
        rows.put(name, row(name, property));
      }
    }
    return "| property | meaning |\n| --- | --- |\n" + String.join("", rows.values());
  }

  private static String row(String name, JsonNode property) {
    String description =
        property
            .path("description")
            .asString("")
            .replaceAll("\\{@(?:code|link) ([^}]*)}", "`$1`")
            .replaceAll("\\s+", " ")
            .replace("|", "\\|");
    assertThat(description).as("documentation of " + name).isNotBlank();
    return "| `%s` | %s |\n".formatted(name, description);
  }
}
