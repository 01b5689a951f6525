package io.agentorchestrator.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CursorTest {

  private static final List<String> POSITION = List.of("2026-11-23T09:00:00Z", "", "ä");

  @Test
  void keepsAPositionInUrlSafeCharacters() {
    String cursor = Cursor.encode("/list{}", POSITION);

    assertThat(cursor).matches("[A-Za-z0-9_-]+");
    assertThat(Cursor.decode("/list{}", cursor)).isEqualTo(POSITION);
  }

  @Test
  void isNoneOfAnotherList() {
    assertThat(Cursor.decode("/list{a=[1]}", Cursor.encode("/list{a=[2]}", POSITION))).isNull();
  }

  @Test
  void isNoneOnceAnyCharacterIsAnother() {
    String cursor = Cursor.encode("/list{}", POSITION);

    for (int i = 0; i < cursor.length() - 1; i++) {
      char other = cursor.charAt(i) == 'A' ? 'B' : 'A';
      String changed = cursor.substring(0, i) + other + cursor.substring(i + 1);
      assertThat(Cursor.decode("/list{}", changed)).as(changed).isNull();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "A", "AAAAAAAAAAAAAAAA", "?", "äöü", "AAAA AAAA"})
  void isNoneThatIsNoCursor(String text) {
    assertThat(Cursor.decode("/list{}", text)).isNull();
  }
}
