package io.agentorchestrator.cli;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that anybody may have written, for people to read. A terminal obeys control characters, so
 * none gets there but line breaks and tabs where lines are expected.
 */
final class Text {

  private Text() {}

  /** Returns the text the bytes are, or null where they are none: bad UTF-8, control characters. */
  static @Nullable String of(byte[] bytes) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.codePoints().allMatch(c -> c == '\n' || c == '\r' || c == '\t' || !isControl(c))
          ? text
          : null;
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  /** Returns the bytes as one line, {@code 0x…} where they are no text, {@code -} if none. */
  static String line(byte @Nullable [] bytes) {
    if (bytes == null) {
      return "-";
    }
    String text = of(bytes);
    return text == null ? "0x" + HexFormat.of().formatHex(bytes) : line(text);
  }

  /** Returns a text as one line, {@code -} if there is none. */
  static String line(@Nullable String text) {
    return text == null
        ? "-"
        : text.codePoints()
            .map(c -> isControl(c) ? 0xFFFD : c)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString();
  }

  /** What turns the direction of the text that follows is as good as a control. */
  private static boolean isControl(int codePoint) {
    return Character.isISOControl(codePoint)
        || switch (Character.getDirectionality(codePoint)) {
          case Character.DIRECTIONALITY_LEFT_TO_RIGHT_EMBEDDING,
              Character.DIRECTIONALITY_LEFT_TO_RIGHT_OVERRIDE,
              Character.DIRECTIONALITY_RIGHT_TO_LEFT_EMBEDDING,
              Character.DIRECTIONALITY_RIGHT_TO_LEFT_OVERRIDE,
              Character.DIRECTIONALITY_POP_DIRECTIONAL_FORMAT,
              Character.DIRECTIONALITY_LEFT_TO_RIGHT_ISOLATE,
              Character.DIRECTIONALITY_RIGHT_TO_LEFT_ISOLATE,
              Character.DIRECTIONALITY_FIRST_STRONG_ISOLATE,
              Character.DIRECTIONALITY_POP_DIRECTIONAL_ISOLATE ->
              true;
          default -> false;
        };
  }
}
