package io.agentorchestrator.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jwt.JWTClaimsSet;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.Resource;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken;

class TokensTest {

  private static final Duration SKEW = Duration.ofSeconds(30);

  private final Issuer issuer = new Issuer();
  private Instant now = Instant.now();
  private final InstantSource clock = () -> now;
  private final Tokens tokens = tokens(issuer.keys(), null, "RS256", "ES256");

  @AfterEach
  void stop() {
    issuer.close();
  }

  @Test
  void knowsTheSubjectAndTheScopes() {
    Authentication reader = authenticate(issuer.token(claims -> claims));

    assertThat(reader.getName()).isEqualTo("reader");
    assertThat(reader.isAuthenticated()).isTrue();
    assertThat(scopes(reader)).containsExactly("agents:read");
  }

  @Test
  void readsScopesInEachOfTheirForms() {
    assertThat(
            scopes(
                authenticate(
                    issuer.token(claims -> claims.claim("scope", "log:read  tasks:read x")))))
        .containsExactly("log:read", "tasks:read");
    assertThat(
            scopes(
                authenticate(
                    issuer.token(
                        claims ->
                            claims
                                .claim("scope", null)
                                .claim("scp", List.of("log:read", "tasks:read"))))))
        .containsExactly("log:read", "tasks:read");
    assertThat(
            scopes(
                authenticate(
                    issuer.token(
                        claims -> claims.claim("scope", null).claim("scp", "health:read")))))
        .containsExactly("health:read");
    assertThat(scopes(authenticate(issuer.token(claims -> claims.claim("scope", 7))))).isEmpty();
  }

  @Test
  void takesEachAlgorithmThatIsAllowedAndNoOther() {
    assertThat(authenticate(issuer.tokenByEc(claims -> claims)).getName()).isEqualTo("reader");
    assertRefused(Refusal.INVALID_TOKEN, issuer.token(JWSAlgorithm.RS512));
    assertRefused(Refusal.INVALID_TOKEN, issuer.token(JWSAlgorithm.PS256));
    assertRefused(Refusal.INVALID_TOKEN, Issuer.unsigned());
    assertRefused(Refusal.INVALID_TOKEN, issuer.signedWithThePublicKey());
  }

  @Test
  void takesAccessTokensByTheirTypeAndNothingElse() {
    assertThat(authenticate(issuer.token(new JOSEObjectType("at+jwt"))).getName())
        .isEqualTo("reader");
    assertThat(authenticate(issuer.token(JOSEObjectType.JWT)).getName()).isEqualTo("reader");
    assertRefused(Refusal.INVALID_TOKEN, issuer.token(new JOSEObjectType("logout+jwt")));
  }

  @Test
  void refusesAnotherKeyWhateverItIsCalled() {
    assertRefused(Refusal.INVALID_TOKEN, Issuer.token(Issuer.rsa("rsa-1"), "rsa-1"));
    assertRefused(Refusal.INVALID_TOKEN, Issuer.token(Issuer.rsa("rsa-2"), "rsa-2"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"x", "a.b.c", "eyJhbGciOiJSUzI1NiJ9.e30.x", "..", "eyJhbGciOiJub25lIn0.."})
  void refusesWhatIsNoToken(String text) {
    assertRefused(Refusal.INVALID_TOKEN, text);
  }

  @Test
  void refusesATokenOfAnotherIssuerOrForAnotherAudience() {
    assertRefused(Refusal.WRONG_ISSUER, claims -> claims.issuer("https://issuer.example/"));
    assertRefused(Refusal.WRONG_ISSUER, claims -> claims.issuer(null));
    assertRefused(Refusal.WRONG_AUDIENCE, claims -> claims.audience("another"));
    assertRefused(Refusal.WRONG_AUDIENCE, claims -> claims.audience((String) null));
  }

  @Test
  void refusesATokenWithoutEndOrOwner() {
    assertRefused(Refusal.INCOMPLETE_TOKEN, claims -> claims.expirationTime(null));
    assertRefused(Refusal.INCOMPLETE_TOKEN, claims -> claims.subject(null));
    assertRefused(Refusal.INCOMPLETE_TOKEN, claims -> claims.subject(" "));
  }

  @Test
  void bearsAClockThatIsOffByTheSkewAndNoMore() {
    Instant moment = Instant.ofEpochSecond(now.getEpochSecond());
    String expiring = issuer.token(claims -> claims.expirationTime(Date.from(moment)));
    String starting = issuer.token(claims -> claims.notBeforeTime(Date.from(moment)));

    now = moment.plus(SKEW).minusMillis(1);
    assertThat(authenticate(expiring).isAuthenticated()).isTrue();
    now = moment.plus(SKEW);
    assertRefused(Refusal.EXPIRED, expiring);
    now = moment.minus(SKEW);
    assertThat(authenticate(starting).isAuthenticated()).isTrue();
    now = now.minusMillis(1);
    assertRefused(Refusal.NOT_YET_VALID, starting);
  }

  @Test
  void blamesNoTokenWhileTheIssuersKeysCannotBeRead() {
    String good = issuer.token(claims -> claims);
    issuer.answer(500);
    for (int i = 0; i < 5; i++) {
      assertRefused(Refusal.ISSUER_AWAY, good);
    }
    assertThat(issuer.asked()).isLessThanOrEqualTo(2);
  }

  @Test
  void goesOnWithTheKeysItHasWhileTheIssuerIsAway() {
    assertThat(authenticate(issuer.token(claims -> claims)).isAuthenticated()).isTrue();
    issuer.close();

    assertThat(authenticate(issuer.token(claims -> claims)).isAuthenticated()).isTrue();
  }

  @Test
  void findsAKeyThatIsNew() {
    assertThat(authenticate(issuer.token(claims -> claims)).isAuthenticated()).isTrue();
    var next = Issuer.rsa("rsa-2");
    issuer.serve(issuer.rsa, next);

    assertThat(authenticate(Issuer.token(next, "rsa-2")).isAuthenticated()).isTrue();
  }

  @Test
  void doesNotPassAFloodOfUnknownKeysOnToTheIssuer() {
    assertThat(authenticate(issuer.token(claims -> claims)).isAuthenticated()).isTrue();
    var unknown = Issuer.rsa("unknown");
    for (int i = 0; i < 50; i++) {
      assertRefused(Refusal.INVALID_TOKEN, Issuer.token(unknown, "unknown-" + i));
    }

    assertThat(issuer.asked()).isLessThan(5);
    assertThat(authenticate(issuer.token(claims -> claims)).isAuthenticated()).isTrue();
  }

  @Test
  void takesOneKeyFromAFile() throws JOSEException {
    Tokens byRsa = tokens(null, issuer.rsa.toPublicKey(), "RS256", "ES256");
    Tokens byEc = tokens(null, issuer.ec.toPublicKey(), "RS256", "ES256");

    assertThat(authenticate(byRsa, issuer.token(claims -> claims)).getName()).isEqualTo("reader");
    assertThat(authenticate(byEc, issuer.tokenByEc(claims -> claims)).getName())
        .isEqualTo("reader");
    assertRefused(byRsa, Refusal.INVALID_TOKEN, issuer.tokenByEc(claims -> claims));
    assertRefused(byEc, Refusal.INVALID_TOKEN, issuer.token(claims -> claims));
    assertRefused(byRsa, Refusal.INVALID_TOKEN, issuer.token(JWSAlgorithm.RS512));
    assertRefused(byRsa, Refusal.INVALID_TOKEN, issuer.signedWithThePublicKey());
    assertRefused(
        byRsa, Refusal.INVALID_TOKEN, Issuer.token(Issuer.rsa("rsa-1"), issuer.rsa.getKeyID()));
  }

  @Test
  void doesNotStartWithoutKnowingWhatToRefuse() throws JOSEException {
    URI keys = issuer.keys();
    Resource file = file(Issuer.pem(issuer.rsa.toPublicKey()));

    assertNoStart(Issuer.NAME, null, keys, null, "orchestrator.security.jwt.audience is not set");
    assertNoStart(Issuer.NAME, " ", keys, null, "orchestrator.security.jwt.audience is not set");
    assertNoStart(null, "us", keys, null, "orchestrator.security.jwt.issuer is not set");
    assertNoStart(Issuer.NAME, "us", null, null, "not said");
    assertNoStart(Issuer.NAME, "us", keys, file, "said twice");
    assertNoStart(
        Issuer.NAME, "us", URI.create("http://issuer.example/keys"), null, "is no https URL");
    assertNoStart(Issuer.NAME, "us", URI.create("file:/etc/keys"), null, "is no https URL");
    assertNoStart(Issuer.NAME, "us", null, file("no key"), "is no RSA or EC public key");
  }

  private void assertNoStart(
      @Nullable String name,
      @Nullable String audience,
      @Nullable URI keys,
      @Nullable Resource file,
      String reason) {
    assertThatThrownBy(
            () ->
                new Tokens(
                    new SecurityProperties.Jwt(name, audience, keys, file, Set.of("RS256"), SKEW),
                    clock))
        .isInstanceOf(StartRefusedException.class)
        .hasMessageContaining(reason);
  }

  private Tokens tokens(@Nullable URI keys, @Nullable PublicKey key, String... algorithms) {
    return new Tokens(
        new SecurityProperties.Jwt(
            Issuer.NAME,
            Issuer.AUDIENCE,
            keys,
            key == null ? null : file(Issuer.pem(key)),
            Set.of(algorithms),
            SKEW),
        clock);
  }

  private static Resource file(String content) {
    return new ByteArrayResource(content.getBytes(StandardCharsets.US_ASCII));
  }

  private Authentication authenticate(String token) {
    return authenticate(tokens, token);
  }

  private static Authentication authenticate(Tokens tokens, String token) {
    return tokens.authenticate(new BearerTokenAuthenticationToken(token));
  }

  private static List<String> scopes(Authentication reader) {
    return reader.getAuthorities().stream().map(GrantedAuthority::getAuthority).sorted().toList();
  }

  private void assertRefused(Refusal refusal, UnaryOperator<JWTClaimsSet.Builder> change) {
    assertRefused(refusal, issuer.token(change));
  }

  private void assertRefused(Refusal refusal, String token) {
    assertRefused(tokens, refusal, token);
  }

  private static void assertRefused(Tokens tokens, Refusal refusal, String token) {
    assertThatThrownBy(() -> authenticate(tokens, token))
        .isInstanceOfSatisfying(
            RefusedCredentialsException.class,
            refused -> assertThat(refused.refusal()).isEqualTo(refusal))
        .hasMessageNotContaining(token);
  }
}
