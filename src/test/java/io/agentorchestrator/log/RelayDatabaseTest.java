package io.agentorchestrator.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class RelayDatabaseTest {

  @Test
  void tellsDebeziumAllThatTheUrlSays() {
    var settings =
        new RelayDatabase(
                "jdbc:postgresql://db:5433/agents?sslmode=require&socketTimeout=7&options=-c%20a=b",
                "user", "secret")
            .debeziumSettings();

    assertThat(settings)
        .containsEntry("database.hostname", "db")
        .containsEntry("database.port", "5433")
        .containsEntry("database.dbname", "agents")
        .containsEntry("database.user", "user")
        .containsEntry("database.password", "secret")
        .containsEntry("driver.sslmode", "require")
        .doesNotContainKey("driver.socketTimeout");
    assertThat(settings.getProperty("driver.options"))
        .startsWith("-c a=b ")
        .contains("wal_sender_timeout=10s");
  }

  @Test
  void takesUserAndPasswordFromTheUrlWhereNoneAreGiven() {
    assertThat(
            new RelayDatabase("jdbc:postgresql://db/agents?user=me&password=p%26q", null, null)
                .debeziumSettings())
        .containsEntry("database.port", "5432")
        .containsEntry("database.user", "me")
        .containsEntry("database.password", "p&q");
  }

  @Test
  void keepsTheHostsOfAClusterTogether() {
    assertThat(
            new RelayDatabase("jdbc:postgresql://one:5432,two:5433/agents", null, null)
                .debeziumSettings())
        .containsEntry("database.hostname", "one:5432,two")
        .containsEntry("database.port", "5433");
  }

  @Test
  void rejectsOtherUrlsWithoutRepeatingThem() {
    assertThatThrownBy(() -> new RelayDatabase("jdbc:h2:mem:secret", null, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("secret");
  }
}
