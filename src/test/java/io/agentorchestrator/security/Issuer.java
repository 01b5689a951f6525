package io.agentorchestrator.security;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** An issuer of tokens with its keys, which it serves over HTTP. */
final class Issuer implements AutoCloseable {

  static final String NAME = "https://issuer.example";
  static final String AUDIENCE = "agent-orchestrator";

  // Made once: it takes a while.
  private static final RSAKey OWN = newRsa();
  private static final RSAKey ANOTHER = newRsa();
  private static final ECKey EC = newEc();

  final RSAKey rsa = new RSAKey.Builder(OWN).keyID("rsa-1").build();
  final ECKey ec = new ECKey.Builder(EC).keyID("ec-1").build();
  private final AtomicInteger asked = new AtomicInteger();
  private final HttpServer server;
  private volatile int status = 200;
  private volatile CountDownLatch answers = new CountDownLatch(0);
  private volatile List<JWK> served = List.of(rsa, ec);

  Issuer() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    server.createContext(
        "/keys",
        exchange -> {
          asked.incrementAndGet();
          await(answers);
          byte[] body = new JWKSet(served).toString().getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "application/jwk-set+json");
          exchange.sendResponseHeaders(status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  /** Where its keys are. */
  URI keys() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/keys");
  }

  /** How often it was asked for its keys. */
  int asked() {
    return asked.get();
  }

  /** Answers so from now on. */
  void answer(int status) {
    this.status = status;
  }

  /** Takes requests from now on, and answers none. */
  void hang() {
    answers = new CountDownLatch(1);
  }

  private static void await(CountDownLatch answers) {
    try {
      answers.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Serves these keys from now on. */
  void serve(JWK... keys) {
    served = List.of(keys);
  }

  /** What a good token says, with something changed. */
  static JWTClaimsSet claims(UnaryOperator<JWTClaimsSet.Builder> change) {
    Instant now = Instant.now();
    return change
        .apply(
            new JWTClaimsSet.Builder()
                .issuer(NAME)
                .audience(List.of("another", AUDIENCE))
                .subject("reader")
                .expirationTime(Date.from(now.plusSeconds(300)))
                .claim("scope", "agents:read unknown:scope"))
        .build();
  }

  /** A token by the RSA key. */
  String token(UnaryOperator<JWTClaimsSet.Builder> change) {
    return signed(header(JWSAlgorithm.RS256, rsa.getKeyID()), claims(change), signer(rsa));
  }

  /** A token by an RSA key, which need not be of this issuer. */
  static String token(RSAKey key, String kid) {
    return signed(header(JWSAlgorithm.RS256, kid), claims(claims -> claims), signer(key));
  }

  /** A token by the EC key. */
  String tokenByEc(UnaryOperator<JWTClaimsSet.Builder> change) {
    try {
      return signed(header(JWSAlgorithm.ES256, ec.getKeyID()), claims(change), new ECDSASigner(ec));
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A token by an algorithm of RSA. */
  String token(JWSAlgorithm algorithm) {
    return signed(header(algorithm, rsa.getKeyID()), claims(claims -> claims), signer(rsa));
  }

  /** A token of a type. */
  String token(JOSEObjectType type) {
    return signed(
        new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(rsa.getKeyID()).type(type).build(),
        claims(claims -> claims),
        signer(rsa));
  }

  /** One that nobody signed. */
  static String unsigned() {
    return new PlainJWT(claims(claims -> claims)).serialize();
  }

  /** One signed with the public key, as if that were a secret shared with the issuer. */
  String signedWithThePublicKey() {
    try {
      return signed(
          header(JWSAlgorithm.HS256, rsa.getKeyID()),
          claims(claims -> claims),
          new MACSigner(pem(rsa.toPublicKey()).getBytes(StandardCharsets.US_ASCII)));
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A key that is not this issuer's, whatever it is called. */
  static RSAKey rsa(String kid) {
    return new RSAKey.Builder(ANOTHER).keyID(kid).build();
  }

  private static RSAKey newRsa() {
    try {
      return new RSAKeyGenerator(2048).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ECKey newEc() {
    try {
      return new ECKeyGenerator(Curve.P_256).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A public key as a file holds it. */
  static String pem(PublicKey key) {
    return "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n"
        .formatted(Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded()));
  }

  private static JWSHeader header(JWSAlgorithm algorithm, String kid) {
    return new JWSHeader.Builder(algorithm).keyID(kid).build();
  }

  private static JWSSigner signer(RSAKey key) {
    try {
      return new RSASSASigner(key);
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String signed(JWSHeader header, JWTClaimsSet claims, JWSSigner signer) {
    try {
      SignedJWT token = new SignedJWT(header, claims);
      token.sign(signer);
      return token.serialize();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    answers.countDown();
    server.stop(0);
  }
}
