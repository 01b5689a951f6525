package io.agentorchestrator.security;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A salted hash of an API key, {@code sha256:salt:hash} in base64url.
 *
 * <p>SHA-256 once, and no slow hash as passwords need: keys are made here alone, of 256 random
 * bits, which nobody guesses at any speed, while a slow hash would be paid for by every read and be
 * a lever for whoever sends wrong keys. What is not of their form is not even hashed.
 */
public final class ApiKeyHash {

  private static final String PREFIX = "ao_";
  private static final int KEY_BYTES = 32;
  private static final int SALT_BYTES = 16;
  private static final Pattern KEY = Pattern.compile(PREFIX + "[A-Za-z0-9_-]{43}");
  private static final Pattern HASH =
      Pattern.compile("sha256:([A-Za-z0-9_-]{22}):([A-Za-z0-9_-]{43})");
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  private final byte[] salt;
  private final byte[] hash;

  private ApiKeyHash(byte[] salt, byte[] hash) {
    this.salt = salt;
    this.hash = hash;
  }

  /**
   * A key that was just made.
   *
   * @param key for the client; it is kept nowhere
   * @param hash for the worker's settings
   */
  public record NewApiKey(String key, String hash) {

    /** Leaves the key out. */
    @Override
    public String toString() {
      return "NewApiKey[hash=%s]".formatted(hash);
    }
  }

  /** Makes a key. */
  public static NewApiKey newKey(SecureRandom random) {
    byte[] bytes = new byte[KEY_BYTES];
    random.nextBytes(bytes);
    String key = PREFIX + ENCODER.encodeToString(bytes);
    byte[] salt = new byte[SALT_BYTES];
    random.nextBytes(salt);
    return new NewApiKey(
        key,
        "sha256:%s:%s"
            .formatted(ENCODER.encodeToString(salt), ENCODER.encodeToString(sha256(salt, key))));
  }

  /**
   * Reads a hash.
   *
   * @throws IllegalArgumentException if it is none, without telling what it is
   */
  public static ApiKeyHash parse(String text) {
    Matcher parts = HASH.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException("Expected sha256:salt:hash.");
    }
    Base64.Decoder decoder = Base64.getUrlDecoder();
    return new ApiKeyHash(decoder.decode(parts.group(1)), decoder.decode(parts.group(2)));
  }

  /** Tells whether a text has the form of a key. */
  static boolean isKey(String text) {
    return KEY.matcher(text).matches();
  }

  /** Tells whether it is this key's, in a time that does not depend on how much is right. */
  public boolean isOf(String key) {
    return MessageDigest.isEqual(hash, sha256(salt, key));
  }

  private static byte[] sha256(byte[] salt, String key) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(salt);
      return digest.digest(key.getBytes(StandardCharsets.US_ASCII));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
