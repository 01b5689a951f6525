package io.agentorchestrator.services;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServiceUrlTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://billing.example",
        "HTTPS://billing.example:8443/health?deep=true",
        "http://10.1.2.3:1/",
        "http://billing:65535/",
        "http://0x7f.example/",
        "http://1.example/",
        "https://[fd00::1]:8443/health"
      })
  void takesWhatCanBeAsked(String url) {
    assertThat(ServiceUrl.of(url)).hasToString(url);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "billing.example",
        "/health",
        "//billing.example",
        "ftp://billing.example",
        "file:///etc/passwd",
        "jar:http://billing.example!/",
        "http:billing.example",
        "http://",
        "http:///health",
        "http://:80/",
        "http://alice@billing.example/",
        "http://alice:secret@billing.example/",
        "http://@billing.example/",
        "http://billing.example/#fragment",
        "http://billing.example:0/",
        "http://billing.example:65536/",
        "http://billing.example:x/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.0.0.1/",
        "http://127.1/",
        "http://0177.0.0.1/",
        "http://127.0.0.01/",
        "http://a.0x1/",
        "http://0x/",
        "http://1.2.3.4.5/",
        "http://127.0.1/",
        "http://127.0.0.1./",
        "http://%31%32%37.0.0.1/",
        "http://[::ffff:127.0.0.1",
        "http://a_b.example/",
        "http://billing.example\\@10.0.0.1/",
        "http://billing.example /",
        "http://billing.example/\r\nHost: other",
        "http://bücher.example/",
        "http://billing.example/\u0000"
      })
  void refusesWhatCannotAndDoesNotRepeatIt(String url) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ServiceUrl.of(url))
        .withMessageStartingWith("Expected ")
        .extracting(Throwable::getMessage)
        .asString()
        .doesNotContain("secret")
        .doesNotContain("billing");
  }

  @Test
  void refusesWhatIsTooLong() {
    String longest = "http://billing.example/" + "a".repeat(477);

    assertThat(ServiceUrl.of(longest).toString()).hasSize(500);
    assertThatIllegalArgumentException().isThrownBy(() -> ServiceUrl.of(longest + "a"));
  }

  @ParameterizedTest
  @CsvSource({
    "http://a.example/one/two, three, http://a.example/one/three",
    "http://a.example/one, /two?x=1, http://a.example/two?x=1",
    "http://a.example/one, //b.example/, http://b.example/",
    "http://a.example/, https://a.example/, https://a.example/",
    "https://a.example/, https://b.example:8443/#f, https://b.example:8443/#f"
  })
  void followsARedirect(String from, String location, String to) {
    assertThat(ServiceUrl.redirected(URI.create(from), location)).hasToString(to);
  }

  @ParameterizedTest
  @CsvSource({
    "https://a.example/, http://a.example/",
    "https://a.example/, HTTP://a.example/",
    "http://a.example/, ftp://a.example/",
    "http://a.example/, gopher://a.example/",
    "http://a.example/, file:///etc/passwd",
    "http://a.example/, javascript:alert(1)",
    "http://a.example/, http://alice:secret@a.example/",
    "http://a.example/, http://2130706433/",
    "http://a.example/, http://0177.0.0.1/",
    "http://a.example/, http:///",
    "http://a.example/, 'http://a.example/ b'"
  })
  void followsNoneThatLeadsWhereNobodyMayAsk(String from, String location) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ServiceUrl.redirected(URI.create(from), location));
  }

  @ParameterizedTest
  @CsvSource({
    "http://a.example/x, http://A.example:80/y, true",
    "https://a.example, HTTPS://a.example:443/y, true",
    "http://a.example/, https://a.example/, false",
    "http://a.example/, http://b.example/, false",
    "http://a.example/, http://a.example:8080/, false"
  })
  void knowsAnOrigin(String one, String other, boolean same) {
    assertThat(ServiceUrl.isSameOrigin(URI.create(one), URI.create(other))).isEqualTo(same);
  }
}
