package io.agentorchestrator.ops;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Holds {@code docker-compose.yml} against the specification's schema, which the profile fetches.
 */
@Tag("npm")
class ComposeSpecificationTest {

  @Test
  void followsTheComposeSpecification() throws IOException {
    assertThat(specification().validate(DockerComposeTest.read())).isEmpty();
  }

  @Test
  void specificationWouldRefuseMistakes() throws IOException {
    String mistaken =
        Files.readString(Path.of("docker-compose.yml")).replace("service_healthy", "service_well");

    assertThat(specification().validate(mistaken, InputFormat.YAML)).isNotEmpty();
  }

  private static Schema specification() throws IOException {
    try (InputStream schema =
        Objects.requireNonNull(
            ComposeSpecificationTest.class.getResourceAsStream("/compose-spec.json"),
            "the specification's schema, which -Pnpm fetches")) {
      // Its $id is relative; the base only has to be there.
      return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7)
          .getSchema(SchemaLocation.of("https://compose-spec.io/"), schema, InputFormat.JSON);
    }
  }
}
