package io.agentorchestrator.security;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.JWSKeySelector;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jose.util.ResourceRetriever;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.Resource;

/**
 * The keys by which the issuer signs: from its JWK set, or one key from a file.
 *
 * <p>The set is asked for again when it is older than 5 minutes and for a key that is not known,
 * but not oftener than twice in 5 s, whatever tokens come. However long the issuer takes, who has a
 * token by a key that is known waits for 0.3 s at most, and then that key is taken, until it is an
 * hour old; who has another waits for a second. Health answers within 2 s, and who asks for it has
 * a token, too.
 */
final class IssuerKeys implements JWKSource<SecurityContext> {

  /** To connect, and for each part of the answer: nobody waits for all of it. */
  private static final int TIMEOUT_MS = 2_000;

  private static final int MAX_BYTES = 256 * 1024;
  private static final long PATIENCE_MS = 1_000;
  private static final long PATIENCE_OF_THE_KNOWN_MS = 300;
  private static final long FRESH_NANOS = Duration.ofMinutes(5).toNanos();
  private static final long PAUSE_NANOS = Duration.ofSeconds(5).toNanos();
  private static final long OUTAGE_NANOS = Duration.ofHours(1).toNanos();

  /** What was read, and when it was. */
  private record Known(JWKSet set, long nanos) {}

  private final URL url;
  private final LongSupplier nanoTime;
  private final ResourceRetriever issuer =
      new DefaultResourceRetriever(TIMEOUT_MS, TIMEOUT_MS, MAX_BYTES);

  private volatile @Nullable Known known;

  /** The last time that the set was asked for. */
  private CompletableFuture<Known> question =
      CompletableFuture.failedFuture(new IOException("never asked"));

  private long lastAsked;
  private long askedBefore;

  /**
   * Asks for nothing yet.
   *
   * @param nanoTime as {@link System#nanoTime()}
   */
  IssuerKeys(URI set, LongSupplier nanoTime) throws MalformedURLException {
    this.url = set.toURL();
    this.nanoTime = nanoTime;
    this.lastAsked = nanoTime.getAsLong() - PAUSE_NANOS;
    this.askedBefore = lastAsked;
  }

  /**
   * Selects the keys of a JWK set that fit a token. Nothing is asked for before the first token.
   */
  static JWSKeySelector<SecurityContext> ofSet(URI set, Set<JWSAlgorithm> algorithms) {
    boolean isProtected =
        "https".equals(set.getScheme())
            || ("http".equals(set.getScheme())
                && set.getHost() != null
                && Loopback.isHost(set.getHost(), Set.of()));
    try {
      if (isProtected) {
        return new JWSVerificationKeySelector<>(algorithms, new IssuerKeys(set, System::nanoTime));
      }
    } catch (MalformedURLException e) {
      // Refused below.
    }
    throw new StartRefusedException(
        "orchestrator.security.jwt.jwk-set-uri is no https URL.",
        "Set where the issuer serves its keys. By http whoever is in between could send his own.");
  }

  /** Selects the one key of a file wherever its kind fits a token's algorithm. */
  static JWSKeySelector<SecurityContext> ofFile(Resource file, Set<JWSAlgorithm> algorithms) {
    PublicKey key = read(file);
    Set<JWSAlgorithm> fitting =
        key instanceof RSAPublicKey ? JWSAlgorithm.Family.RSA : JWSAlgorithm.Family.EC;
    return (header, context) ->
        algorithms.contains(header.getAlgorithm()) && fitting.contains(header.getAlgorithm())
            ? List.of(key)
            : List.of();
  }

  @Override
  public List<JWK> get(JWKSelector selector, @Nullable SecurityContext context)
      throws KeySourceException {
    Known last = known;
    long age = last == null ? Long.MAX_VALUE : nanoTime.getAsLong() - last.nanos();
    List<JWK> found = last == null || age > OUTAGE_NANOS ? List.of() : selector.select(last.set());
    if (found.isEmpty()) {
      return selector.select(ask(PATIENCE_MS));
    }
    if (age <= FRESH_NANOS) {
      return found;
    }
    try {
      return selector.select(ask(PATIENCE_OF_THE_KNOWN_MS));
    } catch (KeySourceException e) {
      return found;
    }
  }

  /** Returns what the issuer says now, or has said a moment ago. */
  private JWKSet ask(long millis) throws KeySourceException {
    try {
      return question().get(millis, TimeUnit.MILLISECONDS).set();
    } catch (ExecutionException e) {
      throw new KeySourceException("The issuer's keys cannot be read.", e.getCause());
    } catch (TimeoutException e) {
      throw new KeySourceException("The issuer does not answer.", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KeySourceException("The wait for the issuer was interrupted.", e);
    }
  }

  /** Asks anew, unless somebody does already or has done too often. */
  private synchronized CompletableFuture<Known> question() {
    long now = nanoTime.getAsLong();
    if (question.isDone() && now - askedBefore >= PAUSE_NANOS) {
      askedBefore = lastAsked;
      lastAsked = now;
      CompletableFuture<Known> next = new CompletableFuture<>();
      // Not a virtual one: looking up a name holds its carrier, for as long as it takes.
      Thread.ofPlatform().daemon().name("issuer-keys").start(() -> fetch(next));
      question = next;
    }
    return question;
  }

  /** Completes it whatever happens: a question without an end would be the last one. */
  private void fetch(CompletableFuture<Known> next) {
    try {
      JWKSet set = JWKSet.parse(issuer.retrieveResource(url).getContent());
      Known read = new Known(set, nanoTime.getAsLong());
      known = read;
      next.complete(read);
    } catch (Throwable e) {
      next.completeExceptionally(e);
    }
  }

  private static PublicKey read(Resource file) {
    try {
      byte[] encoded =
          Base64.getMimeDecoder()
              .decode(
                  file.getContentAsString(StandardCharsets.US_ASCII)
                      .replaceAll("-----(BEGIN|END) PUBLIC KEY-----", ""));
      for (String algorithm : List.of("RSA", "EC")) {
        try {
          return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(encoded));
        } catch (GeneralSecurityException e) {
          // Of the other kind, or of none.
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      // Told below; what the file holds is not shown, it might be the private key.
    }
    throw new StartRefusedException(
        "orchestrator.security.jwt.public-key is no RSA or EC public key in PEM: " + file + ".",
        "Set the location of a file that begins with -----BEGIN PUBLIC KEY-----.");
  }
}
