package io.agentorchestrator.rest;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a page ended, as an opaque text. Its checksum covers the list it belongs to as well (path,
 * filters and order), so that with any other list, or changed, it is recognised as wrong. It is no
 * signature: whoever forges one gets a page of what they may read anyway, or is told that it is
 * none, for a place is read as strictly as a parameter.
 */
final class Cursor {

  private static final int CHECKSUM_BYTES = 12;
  private static final String SEPARATOR = "\n";

  private Cursor() {}

  /**
   * Writes a cursor.
   *
   * @param scope the list it belongs to
   * @param position the last row's place in the order; without line breaks
   */
  static String encode(String scope, List<String> position) {
    byte[] content = String.join(SEPARATOR, position).getBytes(StandardCharsets.UTF_8);
    byte[] bytes =
        ByteBuffer.allocate(CHECKSUM_BYTES + content.length)
            .put(checksum(scope, content))
            .put(content)
            .array();
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** Reads a cursor; null if it does not belong to this list, or is none. */
  static @Nullable List<String> decode(String scope, String cursor) {
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(cursor);
    } catch (IllegalArgumentException e) {
      return null;
    }
    if (bytes.length <= CHECKSUM_BYTES) {
      return null;
    }
    byte[] content = Arrays.copyOfRange(bytes, CHECKSUM_BYTES, bytes.length);
    if (!Arrays.equals(checksum(scope, content), Arrays.copyOf(bytes, CHECKSUM_BYTES))) {
      return null;
    }
    return List.of(new String(content, StandardCharsets.UTF_8).split(SEPARATOR, -1));
  }

  private static byte[] checksum(String scope, byte[] content) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(scope.getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
      return Arrays.copyOf(digest.digest(content), CHECKSUM_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
