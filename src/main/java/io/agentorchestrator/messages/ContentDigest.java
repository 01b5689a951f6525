package io.agentorchestrator.messages;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A SHA-256 digest, comparable by value.
 *
 * @param bytes the 32 bytes; not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by content below; never handed on for writing.
public record ContentDigest(byte[] bytes) {

  /** Digests the bytes given. */
  public static ContentDigest of(byte[] content) {
    try {
      return new ContentDigest(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Returns the digest as 64 hexadecimal digits in lower case. */
  public String hex() {
    return HexFormat.of().formatHex(bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ContentDigest that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return hex();
  }
}
