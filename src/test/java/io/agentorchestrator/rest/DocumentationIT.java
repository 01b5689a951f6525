package io.agentorchestrator.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.web.servlet.resource.NoResourceFoundException;

class DocumentationIT {

  private final Reading reading = Reading.shared();

  @Test
  void isAPageThatLoadsOnlyWhatIsHere() {
    Reading.Answer page = get("/docs");

    assertThat(page.status()).isEqualTo(200);
    assertThat(page.header("content-type")).contains("text/html");
    assertThat(page.header("content-security-policy"))
        .startsWith("default-src 'none'")
        .contains("connect-src 'self'")
        .doesNotContain("http");
    List<String> loaded =
        Pattern.compile("(?:src|href)=\"([^\"]+)\"")
            .matcher(page.body())
            .results()
            .map(match -> match.group(1))
            .toList();
    assertThat(loaded).hasSize(4);
    for (String path : loaded) {
      assertThat(get(path).status()).as(path).isEqualTo(200);
    }
  }

  @Test
  void hasTheDocumentThatIsInTheRepository() throws IOException {
    Reading.Answer document = get("/docs/openapi.yaml");

    assertThat(document.body()).isEqualTo(Files.readString(Path.of("schemas", "openapi.yaml")));
    assertThat(get("/docs/start.js").body()).contains("\"/docs/openapi.yaml\"");
  }

  @Test
  void servesNothingElse() {
    get("/docs/application.yaml").problem(404);
    get("/docs/..%2fapplication.yaml").problem(400);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=0-9", "bytes=999999999-", "bytes=-", "pages=1-2"})
  void isAnsweredAsAWholeWhateverPartIsAskedFor(String range) {
    Reading.Answer document =
        Reading.send(
            HttpRequest.newBuilder(reading.uri("/docs/openapi.yaml")).header("Range", range));

    assertThat(document.status()).isEqualTo(200);
    assertThat(document.body()).isEqualTo(get("/docs/openapi.yaml").body());
  }

  @Test
  void isNotThereWhereItIsSwitchedOff() throws IOException {
    DocumentationController off = new DocumentationController(new DocumentationProperties(false));

    assertThatThrownBy(off::page).isInstanceOf(NoResourceFoundException.class);
  }

  private Reading.Answer get(String path) {
    return Reading.send(HttpRequest.newBuilder(reading.uri(path)));
  }
}
