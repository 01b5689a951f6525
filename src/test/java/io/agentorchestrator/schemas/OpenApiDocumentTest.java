package io.agentorchestrator.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Holds the committed {@code openapi.yaml} to the code it is made from, and writes it. */
class OpenApiDocumentTest {

  private static final Path COMMITTED = Schemas.FOLDER.resolve("openapi.yaml");
  private static final String WRITE = "orchestrator.openapi.write";
  private static final String COMMAND = "mvn test -Dtest=OpenApiDocumentTest -D%s".formatted(WRITE);

  @Test
  void theCommittedDocumentIsWhatTheCodeSays() throws IOException {
    String document = OpenApiDocument.write();
    if (System.getProperty(WRITE) != null) {
      Files.writeString(COMMITTED, document);
    }

    assertThat(Files.readString(COMMITTED))
        .as("the code says something else now; write it down with: %s", COMMAND)
        .isEqualTo(document);
  }

  @Test
  void isWrittenTheSameEveryTime() {
    assertThat(OpenApiDocument.write()).isEqualTo(OpenApiDocument.write());
  }
}
