package io.agentorchestrator.security;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import io.agentorchestrator.rest.Scope;
import java.net.URI;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.Resource;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtException;
import org.springframework.security.oauth2.jwt.JwtValidationException;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationToken;

/**
 * Finds out whose token was sent, and what it may read.
 *
 * <p>Where the issuer's keys cannot be had, a token is neither good nor bad: that is an outage, and
 * not answered as a refusal, which would have clients throw good tokens away.
 */
final class Tokens implements AuthenticationManager {

  private final NimbusJwtDecoder decoder;

  /**
   * Takes what the tokens must be.
   *
   * @throws StartRefusedException if it does not say enough to refuse any
   */
  Tokens(SecurityProperties.Jwt jwt, InstantSource clock) {
    Set<JWSAlgorithm> algorithms =
        jwt.algorithms().stream().map(JWSAlgorithm::parse).collect(Collectors.toUnmodifiableSet());
    DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
    processor.setJWSKeySelector(keys(jwt, algorithms));
    // RFC 9068's type, JWT, or none; never one that is made for something else, such as a logout.
    processor.setJWSTypeVerifier(
        new DefaultJOSEObjectTypeVerifier<>(
            new JOSEObjectType("at+jwt"), JOSEObjectType.JWT, null));
    processor.setJWTClaimsSetVerifier((claims, context) -> {}); // TokenClaims does.
    decoder = new NimbusJwtDecoder(processor);
    decoder.setJwtValidator(
        new TokenClaims(
            required("issuer", jwt.issuer()),
            required("audience", jwt.audience()),
            jwt.clockSkew(),
            clock));
  }

  private static JWSKeySelector<SecurityContext> keys(
      SecurityProperties.Jwt jwt, Set<JWSAlgorithm> algorithms) {
    URI set = jwt.jwkSetUri();
    Resource file = jwt.publicKey();
    if (set != null && file == null) {
      return IssuerKeys.ofSet(set, algorithms);
    }
    if (file != null && set == null) {
      return IssuerKeys.ofFile(file, algorithms);
    }
    throw new StartRefusedException(
        "orchestrator.security.mode is jwt, but which key signs the tokens is %s."
            .formatted(set == null ? "not said" : "said twice"),
        "Set one of orchestrator.security.jwt.jwk-set-uri and"
            + " orchestrator.security.jwt.public-key.");
  }

  private static String required(String name, @Nullable String value) {
    if (value == null || value.isBlank()) {
      throw new StartRefusedException(
          "orchestrator.security.mode is jwt, but orchestrator.security.jwt.%s is not set."
              .formatted(name),
          "Set issuer, audience, and jwk-set-uri or public-key: a token that is for anybody is for"
              + " nobody.");
    }
    return value;
  }

  @Override
  public Authentication authenticate(Authentication given) {
    if (!(given.getCredentials() instanceof String text)) {
      throw new RefusedCredentialsException(Refusal.MALFORMED);
    }
    Jwt token = decode(text);
    List<GrantedAuthority> scopes =
        scopes(token)
            .map(Scope::of)
            .flatMap(Optional::stream)
            .map(scope -> (GrantedAuthority) new SimpleGrantedAuthority(scope.value()))
            .toList();
    return new JwtAuthenticationToken(token, scopes);
  }

  private Jwt decode(String token) {
    try {
      return decoder.decode(token);
    } catch (JwtValidationException e) {
      String code = e.getErrors().iterator().next().getErrorCode();
      throw new RefusedCredentialsException(
          Arrays.stream(Refusal.values())
              .filter(each -> each.name().equals(code))
              .findFirst()
              .orElse(Refusal.INVALID_TOKEN));
    } catch (JwtException e) {
      throw new RefusedCredentialsException(
          e.getCause() instanceof KeySourceException ? Refusal.ISSUER_AWAY : Refusal.INVALID_TOKEN);
    }
  }

  /** RFC 8693's {@code scope}, names separated by blanks; or {@code scp}, which may be a list. */
  private static Stream<String> scopes(Jwt token) {
    Object claim = token.getClaims().getOrDefault("scope", token.getClaims().get("scp"));
    if (claim instanceof Collection<?> names) {
      return names.stream().map(String::valueOf);
    }
    return claim instanceof String names ? Arrays.stream(names.split(" ", -1)) : Stream.empty();
  }
}
