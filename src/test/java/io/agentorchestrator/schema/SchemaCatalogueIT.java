package io.agentorchestrator.schema;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.cli.CliRun;
import io.agentorchestrator.local.Site;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The list of what there has to be is what the migrations make. */
class SchemaCatalogueIT {

  @Test
  void listsWhatTheMigrationsMake() throws Exception {
    Site site = Site.fresh();
    assertThat(CliRun.at(site, "schema", "--create").exit()).isZero();

    String made;
    try (Connection connection = DriverManager.getConnection(site.servers().jdbcUrl(site.name()))) {
      made =
          SchemaCatalogue.found(connection).keySet().stream()
              .map(SchemaObject::toString)
              .collect(Collectors.joining("\n", "", "\n"));
    }

    assertThat(Files.readString(Path.of("src/main/resources/db/schema-objects.txt")))
        .as("db/schema-objects.txt; it should be:%n%s", made)
        .isEqualTo(made);
    assertThat(made).contains("table agents\n", "index agents_pkey\n", "published relay_progress");
  }
}
