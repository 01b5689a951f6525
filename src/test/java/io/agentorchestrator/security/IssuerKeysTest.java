package io.agentorchestrator.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKMatcher;
import com.nimbusds.jose.jwk.JWKSelector;
import java.net.MalformedURLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who waits for the issuer, and for how long. */
class IssuerKeysTest {

  private static final Duration TO_SPARE = Duration.ofMillis(500);
  private static final Duration OLD = Duration.ofMinutes(6);

  private final Issuer issuer = new Issuer();
  private final AtomicLong nanos = new AtomicLong(System.nanoTime());
  private final IssuerKeys keys = keys();

  @AfterEach
  void stop() {
    issuer.close();
  }

  private IssuerKeys keys() {
    try {
      return new IssuerKeys(issuer.keys(), nanos::get);
    } catch (MalformedURLException e) {
      throw new IllegalStateException(e);
    }
  }

  private List<String> find(String kid) throws KeySourceException {
    return keys.get(new JWKSelector(new JWKMatcher.Builder().keyID(kid).build()), null).stream()
        .map(JWK::getKeyID)
        .toList();
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void keepsNobodyWaitingForLongWhoseKeyIsKnownThoughTheIssuerHangs() throws Exception {
    assertThat(find("rsa-1")).containsExactly("rsa-1");
    issuer.hang();
    pass(OLD);

    for (int i = 0; i < 10; i++) {
      long start = System.nanoTime();
      assertThat(find("rsa-1")).containsExactly("rsa-1");
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isLessThan(Duration.ofMillis(300).plus(TO_SPARE));
    }
    await().until(() -> issuer.asked() == 2);
  }

  @Test
  void keepsNobodyWaitingForLongerThanASecondWhoseKeyIsNotKnown() throws Exception {
    assertThat(find("rsa-1")).containsExactly("rsa-1");
    issuer.hang();

    for (int i = 0; i < 2; i++) {
      long start = System.nanoTime();
      assertThatThrownBy(() -> find("rsa-2")).isInstanceOf(KeySourceException.class);
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isLessThan(Duration.ofSeconds(1).plus(TO_SPARE));
    }
  }

  @Test
  void forgetsAKeyThatTheIssuerHasTakenBack() throws Exception {
    assertThat(find("rsa-1")).containsExactly("rsa-1");
    issuer.serve(Issuer.rsa("rsa-2"));
    assertThat(find("rsa-1")).containsExactly("rsa-1");

    pass(OLD);

    await().until(() -> find("rsa-1").isEmpty());
    assertThat(find("rsa-2")).containsExactly("rsa-2");
    assertThat(issuer.asked()).isLessThanOrEqualTo(3);
  }

  @Test
  void takesTheLastKeysForAnHourAndNoLonger() throws Exception {
    assertThat(find("rsa-1")).containsExactly("rsa-1");
    issuer.answer(500);

    pass(Duration.ofMinutes(59));
    assertThat(find("rsa-1")).containsExactly("rsa-1");
    pass(Duration.ofMinutes(2));
    assertThatThrownBy(() -> find("rsa-1")).isInstanceOf(KeySourceException.class);
  }

  @Test
  void asksAgainAfterAMoment() throws Exception {
    issuer.answer(500);
    for (int i = 0; i < 5; i++) {
      assertThatThrownBy(() -> find("rsa-1")).isInstanceOf(KeySourceException.class);
    }
    assertThat(issuer.asked()).isEqualTo(2);
    issuer.answer(200);
    pass(Duration.ofSeconds(6));

    assertThat(find("rsa-1")).containsExactly("rsa-1");
    assertThat(find("unknown")).isEmpty();
  }
}
