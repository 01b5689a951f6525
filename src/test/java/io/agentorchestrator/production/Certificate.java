package io.agentorchestrator.production;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A key and the certificate that it signed for itself, made for a test by the JDK's {@code
 * keytool}: whoever trusts it trusts it alone.
 *
 * @param folder where its files are
 * @param name its common name
 */
record Certificate(Path folder, String name) {

  static final String PASSWORD = SecureServers.PASSWORDS + "the-stores";

  private static final String TYPE = "PKCS12";
  private static final char[] PASSWORD_CHARS = PASSWORD.toCharArray();

  /**
   * Starts to make one; {@link #made} waits for it. They take a second each, so make all at once.
   */
  static Process make(Path folder, String name) {
    try {
      return new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
              "-genkeypair",
              "-keyalg",
              "EC",
              "-groupname",
              "secp256r1",
              "-alias",
              name,
              "-dname",
              "CN=" + name,
              "-ext",
              "san=ip:127.0.0.1",
              "-storetype",
              TYPE,
              "-storepass",
              PASSWORD,
              "-keystore",
              new Certificate(folder, name).store().toString())
          .redirectErrorStream(true)
          .redirectOutput(folder.resolve(name + ".log").toFile())
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits for one that is being made. */
  static Certificate made(Path folder, String name, Process keytool) throws InterruptedException {
    if (keytool.waitFor() != 0) {
      throw new IllegalStateException("keytool failed, see %s in %s".formatted(name, folder));
    }
    return new Certificate(folder, name);
  }

  /** The key and the certificate. */
  Path store() {
    return folder.resolve(name + ".p12");
  }

  /** How Kafka is told of it, as its own. */
  Map<String, String> asOwn() {
    return Map.of(
        "ssl.keystore.location",
        store().toString(),
        "ssl.keystore.type",
        TYPE,
        "ssl.keystore.password",
        PASSWORD,
        "ssl.key.password",
        PASSWORD);
  }

  /** Makes a store of certificates alone. */
  static Path trustStore(Path file, Certificate... trusted) {
    try (OutputStream out = Files.newOutputStream(file)) {
      KeyStore store = KeyStore.getInstance(TYPE);
      store.load(null, PASSWORD_CHARS);
      for (Certificate each : trusted) {
        store.setCertificateEntry(each.name(), each.load().getCertificate(each.name()));
      }
      store.store(out, PASSWORD_CHARS);
      return file;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How Kafka is told whom to trust. */
  static Map<String, String> asTrusted(Path trustStore) {
    return Map.of(
        "ssl.truststore.location",
        trustStore.toString(),
        "ssl.truststore.type",
        TYPE,
        "ssl.truststore.password",
        PASSWORD);
  }

  /** How a client over TLS is told whom to trust. */
  static SSLContext trusting(Path trustStore) {
    try {
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(load(trustStore));
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** How a server of Spring Boot's is told of it, as its own. */
  List<String> asServer(String server) {
    return List.of(
        server + ".ssl.key-store=file:" + store(),
        server + ".ssl.key-store-type=" + TYPE,
        server + ".ssl.key-store-password=" + PASSWORD);
  }

  /** The certificate in a file, as OpenSSL reads it. */
  Path pem() {
    try {
      return pem(".pem", "CERTIFICATE", load().getCertificate(name).getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The key likewise, for its owner's eyes only: PostgreSQL takes no other. */
  Path keyPem() {
    try {
      return pem(".key", "PRIVATE KEY", load().getKey(name, PASSWORD_CHARS).getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private Path pem(String suffix, String what, byte[] encoded) {
    String text =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(encoded);
    try {
      Path file = folder.resolve(name + suffix);
      Files.writeString(
          file, "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(what, text, what));
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private KeyStore load() {
    return load(store());
  }

  private static KeyStore load(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      KeyStore keys = KeyStore.getInstance(TYPE);
      keys.load(in, PASSWORD_CHARS);
      return keys;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
