package io.agentorchestrator.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.postgresql.Driver;

/** What the driver makes of a URL together with what it is told, asked of the driver itself. */
class DatabaseConnectorTest {

  private static final String LIMITS =
      "-c lock_timeout=15s -c statement_timeout=40s -c idle_in_transaction_session_timeout=50s";

  private static Properties told(String query) {
    return told(new DatabaseConnector(properties(query)));
  }

  private static DatabaseProperties properties(String query) {
    return SomeProperties.of("postgresql://db/app" + query, Map.of());
  }

  private static Properties told(DatabaseConnector connector) {
    Properties properties = connector.driverProperties("ours");
    return Objects.requireNonNull(
        Driver.parseURL(connector.driverUrl(properties), properties), "an URL of PostgreSQL's");
  }

  @Test
  void setsItsLimits() {
    assertThat(told(""))
        .containsEntry("options", LIMITS)
        .containsEntry("connectTimeout", "5")
        .containsEntry("socketTimeout", "60");
  }

  @Test
  void setsThemBehindTheOptionsOfTheUrlSoThatTheyCount() {
    assertThat(told("?options=-c%20search_path=x%20-c%20lock_timeout=0"))
        .containsEntry("options", "-c search_path=x -c lock_timeout=0 " + LIMITS);
    assertThat(told("?options=endpoint%3Dep-1"))
        .containsEntry("options", "endpoint=ep-1 " + LIMITS);
    assertThat(told("?options")).containsEntry("options", LIMITS);
  }

  @Test
  void letsTheUrlSayNothingElseOfThem() {
    assertThat(
            told(
                "?socketTimeout=0&connectTimeout=0&ApplicationName=theirs&logServerErrorDetail=true"
                    + "&sslmode=require"))
        .containsEntry("socketTimeout", "60")
        .containsEntry("connectTimeout", "5")
        .containsEntry("ApplicationName", "ours")
        .containsEntry("logServerErrorDetail", "false")
        .containsEntry("sslmode", "require");
  }

  @Test
  void waitsForTheAnswerOfAReadLittleLongerThanItMayTake() {
    assertThat(told(DatabaseConnector.ofReads(properties("?defaultRowFetchSize=0"))))
        .containsEntry("socketTimeout", "4")
        .containsEntry("defaultRowFetchSize", "32")
        .hasEntrySatisfying(
            "options",
            options ->
                assertThat(options)
                    .asString()
                    .contains("statement_timeout=2s", "force_custom_plan"));
  }

  /** The relay and the health wait as long as they have to, and no longer. */
  @Test
  void tellsOthersWhereItIsAndNotHowLongToWait() {
    assertThat(
            new DatabaseConnector(
                    properties("?socketTimeout=0&connectTimeout=0&options=-c%20x=1&ssl=true"))
                .details()
                .getJdbcUrl())
        .isEqualTo("jdbc:postgresql://db:5432/app?options=-c%20x=1&ssl=true");
  }
}
