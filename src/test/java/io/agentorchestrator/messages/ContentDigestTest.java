package io.agentorchestrator.messages;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ContentDigestTest {

  @Test
  void isTheSha256InLowerCase() {
    assertThat(of("abc").hex())
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assertThat(of("abc")).hasToString(of("abc").hex());
  }

  @Test
  void isComparedByContent() {
    assertThat(of("abc")).isEqualTo(of("abc")).hasSameHashCodeAs(of("abc"));
    assertThat(of("abc")).isNotEqualTo(of("abd")).isNotEqualTo(of("abc").hex());
  }

  private static ContentDigest of(String content) {
    return ContentDigest.of(content.getBytes(StandardCharsets.UTF_8));
  }
}
