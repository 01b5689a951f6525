package io.agentorchestrator.security;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.jwk.source.RateLimitReachedException;
import com.nimbusds.jose.proc.JWSKeySelector;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.Resource;

/**
 * The keys by which the issuer signs: from its JWK set, which is asked for again every 5 minutes
 * and for a key that is not known, but not oftener than twice in 5 s, whatever tokens come; or one
 * key from a file. While the issuer is away the last keys are taken for up to an hour.
 */
final class IssuerKeys implements JWKSource<SecurityContext> {

  private static final int TIMEOUT_MS = 2_000;
  private static final int MAX_BYTES = 256 * 1024;
  private static final long FRESH_MS = 300_000;
  private static final long WAIT_MS = 4_000;
  private static final long PAUSE_MS = 5_000;
  private static final long OUTAGE_MS = 3_600_000;

  private final JWKSource<SecurityContext> keys;
  private volatile boolean known;

  private IssuerKeys(URI set) throws MalformedURLException {
    this.keys =
        JWKSourceBuilder.<SecurityContext>create(
                set.toURL(), new DefaultResourceRetriever(TIMEOUT_MS, TIMEOUT_MS, MAX_BYTES))
            .cache(FRESH_MS, WAIT_MS)
            .refreshAheadCache(false)
            .rateLimited(PAUSE_MS)
            .outageTolerant(OUTAGE_MS)
            .build();
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
        return new JWSVerificationKeySelector<>(algorithms, new IssuerKeys(set));
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
    try {
      List<JWK> found = keys.get(selector, context);
      known = true;
      return found;
    } catch (RateLimitReachedException e) {
      if (known) {
        // The set was read a moment ago, and the key was not among them.
        return List.of();
      }
      throw e;
    } catch (KeySourceException e) {
      known = false;
      throw e;
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
