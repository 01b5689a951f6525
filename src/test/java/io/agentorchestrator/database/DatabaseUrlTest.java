package io.agentorchestrator.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseUrlTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgresql://alice:secret@db.example:5433/app",
        "postgresql+asyncpg://alice:secret@db.example:5433/app",
        "jdbc:postgresql://alice:secret@db.example:5433/app",
        "jdbc:postgresql://db.example:5433/app?user=alice&password=secret"
      })
  void takesEachFormApart(String url) {
    assertThat(DatabaseUrl.parse("DATABASE_URL", url))
        .isEqualTo(new DatabaseUrl("jdbc:postgresql://db.example:5433/app", "alice", "secret"));
  }

  @ParameterizedTest
  @CsvSource({
    "p%40ss%2Fw%3Ard%25, p@ss/w:rd%",
    "a+b, a+b",
    "a%20b, 'a b'",
    "a:b, a:b",
    "p@ss, p@ss",
    "%C3%A9, é",
    "'', ''"
  })
  void decodesThePassword(String written, String password) {
    DatabaseUrl url =
        DatabaseUrl.parse("DATABASE_URL", "postgresql://al%69ce:" + written + "@db/app");

    assertThat(url.username()).isEqualTo("alice");
    assertThat(url.password()).isEqualTo(password);
    assertThat(url.jdbcUrl()).isEqualTo("jdbc:postgresql://db:5432/app");
  }

  @Test
  void decodesThePasswordAmongTheParametersAsTheDriverDoes() {
    DatabaseUrl url =
        DatabaseUrl.parse("DATABASE_URL", "jdbc:postgresql://db/app?password=a+b%26c&ssl=true");

    assertThat(url.password()).isEqualTo("a b&c");
    assertThat(url.jdbcUrl()).isEqualTo("jdbc:postgresql://db:5432/app?ssl=true");
  }

  @Test
  void leavesOutWhatItDoesNotSay() {
    DatabaseUrl nobody = DatabaseUrl.parse("DATABASE_URL", "postgresql://db/app");
    DatabaseUrl withoutPassword = DatabaseUrl.parse("DATABASE_URL", "postgresql://alice@db/app");

    assertThat(nobody.username()).isNull();
    assertThat(nobody.password()).isNull();
    assertThat(withoutPassword.username()).isEqualTo("alice");
    assertThat(withoutPassword.password()).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "postgresql://db/app, jdbc:postgresql://db:5432/app",
    "postgresql://db:/app, jdbc:postgresql://db:5432/app",
    "postgresql://my_db:5433/app, jdbc:postgresql://my_db:5433/app",
    "postgresql://u:p@my_db/app, jdbc:postgresql://my_db:5432/app",
    "postgresql://u:p@[::1]:5433/app, jdbc:postgresql://[::1]:5433/app",
    "postgresql://[2001:db8::1]/app, jdbc:postgresql://[2001:db8::1]:5432/app",
    "postgresql://10.0.0.1:1/app, jdbc:postgresql://10.0.0.1:1/app",
    "postgresql://db:65535/my%20app, jdbc:postgresql://db:65535/my%20app",
    "postgresql+asyncpg://db/app?ssl=verify-full&a=b, jdbc:postgresql://db:5432/app?sslmode=verify-full&a=b",
    "postgresql+asyncpg://db/app?ssl=true, jdbc:postgresql://db:5432/app?ssl=true",
    "postgresql://db/app?ssl=require, jdbc:postgresql://db:5432/app?ssl=require",
    "postgresql://db/app?sslmode=require&a=b%20c, jdbc:postgresql://db:5432/app?sslmode=require&a=b%20c",
    "postgresql://db/app?ApplicationName=x&a=b&ApplicationName, jdbc:postgresql://db:5432/app?a=b"
  })
  void keepsHostPortDatabaseAndParameters(String url, String jdbcUrl) {
    assertThat(DatabaseUrl.parse("DATABASE_URL", url).jdbcUrl()).isEqualTo(jdbcUrl);
  }

  @Test
  void tellsAParameterAsTheDriverReadsIt() {
    DatabaseUrl url =
        DatabaseUrl.parse(
            "DATABASE_URL", "postgresql://db/app?options=a&optionsX=b&options=-c%20x=1+y&flag");

    assertThat(url.parameter("options")).isEqualTo("-c x=1 y");
    assertThat(url.parameter("flag")).isEmpty();
    assertThat(url.parameter("option")).isNull();
  }

  @Test
  void leavesOutWhatSomebodyElseSays() {
    DatabaseUrl url =
        DatabaseUrl.parse("DATABASE_URL", "postgresql://db/app?options=a&ssl=true&options&x=%20");

    assertThat(url.jdbcUrlWithout(Set.of("options", "missing")))
        .isEqualTo("jdbc:postgresql://db:5432/app?ssl=true&x=%20");
    assertThat(url.jdbcUrlWithout(Set.of("options", "ssl", "x")))
        .isEqualTo("jdbc:postgresql://db:5432/app");
    assertThat(DatabaseUrl.parse("DATABASE_URL", "postgresql://db/app").jdbcUrlWithout(Set.of("x")))
        .isEqualTo("jdbc:postgresql://db:5432/app");
  }

  @ParameterizedTest
  @CsvSource({
    "mysql://alice:secret@db/app, scheme",
    "postgres://alice:secret@db/app, scheme",
    "POSTGRESQL://alice:secret@db/app, scheme",
    "//alice:secret@db/app, scheme",
    "alice:secret@db/app, scheme",
    "jdbc:postgresql+asyncpg://alice:secret@db/app, scheme",
    "jdbc:jdbc:postgresql://alice:secret@db/app, scheme",
    "postgresql:alice:secret@db/app, host",
    "postgresql:///app?password=secret, host",
    "postgresql://alice:secret@/app, host",
    "postgresql://alice:secret@:5432/app, host",
    "postgresql://alice:secret@db:port/app, port",
    "postgresql://alice:secret@db:0/app, port",
    "postgresql://alice:secret@db:65536/app, port",
    "postgresql://alice:secret@db:99999999999/app, port",
    "postgresql://alice:secret@db:-1/app, port",
    "postgresql://alice:secret@db, database",
    "postgresql://alice:secret@db/, database",
    "postgresql://alice:secret@db/app/more, database",
    "postgresql://alice:secret/more@db/app, port",
    "postgresql://alice:secret%zz@db/app, character",
    "postgresql://alice:se cret@db/app, character",
    "postgresql://alice:secret^@db/app, character",
    "'', scheme"
  })
  void namesThePartThatIsWrongAndNeverThePassword(String url, String part) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DatabaseUrl.parse("DATABASE_URL", url))
        .withMessageStartingWith("DATABASE_URL: ")
        .withNoCause()
        .satisfies(
            e -> {
              assertThat(e)
                  .message()
                  .matches("DATABASE_URL: [^;]*\\b" + part + "\\b.*; expected .*");
              assertThat(e.toString()).doesNotContain("secret", "cret@");
            });
  }

  @Test
  void printsNoSecret() {
    String url = "jdbc:postgresql://alice:secret@db/app?password=secret&sslpassword=secret&x=y";

    assertThat(DatabaseUrl.parse("DATABASE_URL", url)).hasToString("jdbc:postgresql://db:5432/app");
    assertThat(DatabaseUrl.parse("DATABASE_URL", url).jdbcUrl())
        .endsWith("?sslpassword=secret&x=y");
  }
}
