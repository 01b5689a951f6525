package io.agentorchestrator.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.local.LocalWorker;
import io.agentorchestrator.local.Site;
import io.agentorchestrator.rest.Reading;
import io.agentorchestrator.rest.Reading.Answer;
import io.agentorchestrator.rest.Scope;
import io.agentorchestrator.security.ApiKeyHash.NewApiKey;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/** A worker that asks who reads, and what credentials it takes and does not take. */
final class SecuredWorker {

  private static final Site SITE = Site.fresh();

  private final LocalWorker worker;
  private final Map<Set<Scope>, String> good = new HashMap<>();
  private final Map<String, String> bad = new LinkedHashMap<>();

  private SecuredWorker(String... settings) {
    worker = LocalWorker.startAtRest(SITE, settings);
  }

  /** One with API keys. A client may read this often at once, and hardly oftener. */
  static final int BURST = 400;

  static SecuredWorker withKeys() {
    return WithKeys.WORKER;
  }

  static SecuredWorker withTokens() {
    return WithTokens.WORKER;
  }

  /** The sets of scopes that the tests need credentials for. */
  private static List<Set<Scope>> grants() {
    List<Set<Scope>> grants = new ArrayList<>(List.of(EnumSet.allOf(Scope.class)));
    for (Scope scope : Scope.values()) {
      grants.add(EnumSet.of(scope));
      grants.add(EnumSet.complementOf(EnumSet.of(scope)));
    }
    grants.add(EnumSet.of(Scope.AGENTS_READ, Scope.TASKS_READ, Scope.WORKFLOWS_READ));
    return grants;
  }

  private static SecuredWorker startWithKeys() {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "--orchestrator.security.mode=api-key",
                "--orchestrator.rest.rate-limit.requests-per-second=1",
                "--orchestrator.rest.rate-limit.burst=" + BURST));
    SecureRandom random = new SecureRandom();
    Map<Set<Scope>, String> keys = new HashMap<>();
    List<Set<Scope>> grants = grants();
    for (int i = 0; i < grants.size(); i++) {
      NewApiKey made = ApiKeyHash.newKey(random);
      keys.put(grants.get(i), made.key());
      settings.addAll(entry(i, "client-" + i, made.hash(), grants.get(i)));
    }
    NewApiKey expired = ApiKeyHash.newKey(random);
    settings.addAll(entry(grants.size(), "former", expired.hash(), EnumSet.allOf(Scope.class)));
    settings.add(
        "--orchestrator.security.api-keys[%d].expires-at=2020-01-01T00:00:00Z"
            .formatted(grants.size()));
    SecuredWorker worker = new SecuredWorker(settings.toArray(String[]::new));
    worker.good.putAll(keys);
    worker.bad.put("unknown key", ApiKeyHash.newKey(random).key());
    worker.bad.put("expired key", expired.key());
    worker.bad.put("hash for key", expired.hash().replace(":", "."));
    worker.bad.put("no key", "x");
    worker.bad.put("token", Issuer.unsigned() + "x");
    return worker;
  }

  private static List<String> entry(int index, String name, String hash, Set<Scope> scopes) {
    String prefix = "--orchestrator.security.api-keys[%d].".formatted(index);
    return List.of(
        prefix + "name=" + name,
        prefix + "hash=" + hash,
        prefix + "scopes=" + String.join(",", scopes.stream().map(Scope::value).toList()));
  }

  private static SecuredWorker startWithTokens() {
    Issuer issuer = new Issuer(); // As long as the tests.
    SecuredWorker worker =
        new SecuredWorker(
            "--orchestrator.security.mode=jwt",
            "--orchestrator.security.jwt.issuer=" + Issuer.NAME,
            "--orchestrator.security.jwt.audience=" + Issuer.AUDIENCE,
            "--orchestrator.security.jwt.jwk-set-uri=" + issuer.keys(),
            "--orchestrator.rest.rate-limit.requests-per-second=0");
    for (Set<Scope> scopes : grants()) {
      worker.good.put(
          scopes,
          issuer.token(
              claims ->
                  claims.claim(
                      "scope", String.join(" ", scopes.stream().map(Scope::value).toList()))));
    }
    worker.bad.put("unsigned", Issuer.unsigned());
    worker.bad.put("signed with the public key", issuer.signedWithThePublicKey());
    worker.bad.put("another key", Issuer.token(Issuer.rsa("x"), issuer.rsa.getKeyID()));
    worker.bad.put("unknown key", Issuer.token(Issuer.rsa("x"), "x"));
    worker.bad.put("another audience", issuer.token(claims -> claims.audience("somebody-else")));
    worker.bad.put("another issuer", issuer.token(claims -> claims.issuer("https://evil.example")));
    worker.bad.put(
        "expired", issuer.token(claims -> claims.expirationTime(Date.from(Instant.EPOCH))));
    worker.bad.put("endless", issuer.token(claims -> claims.expirationTime(null)));
    worker.bad.put("API key", ApiKeyHash.newKey(new SecureRandom()).key());
    return worker;
  }

  LocalWorker worker() {
    return worker;
  }

  /** Credentials that are taken, with these scopes. */
  String credentials(Set<Scope> scopes) {
    String found = good.get(scopes);
    assertThat(found).as("credentials for %s", scopes).isNotNull();
    return String.valueOf(found);
  }

  /** Likewise, with all scopes. */
  String credentials() {
    return credentials(EnumSet.allOf(Scope.class));
  }

  /** Credentials that are not taken, by what is wrong with them. */
  Map<String, String> wrong() {
    return bad;
  }

  /**
   * Every path that there is on either port, with an example of it. Those of the reads are found
   * where the application has them.
   */
  Map<String, URI> routes() {
    Map<String, URI> routes = new LinkedHashMap<>();
    worker.bean(RequestMappingHandlerMapping.class).getHandlerMethods().keySet().stream()
        .flatMap(mapping -> mapping.getPatternValues().stream())
        .filter(path -> !path.equals("/error"))
        .forEach(path -> routes.put(path, worker.rest().resolve(example(path))));
    worker
        .bean(PathMappedEndpoints.class)
        .getAllPaths()
        .forEach(path -> routes.put(path, worker.management().resolve(path)));
    return routes;
  }

  /** The paths that anybody may ask, be it that he is told less than others. */
  static Set<String> open() {
    return new TreeSet<>(
        List.of("/actuator/health", "/api/v2/health/database", "/docs", "/docs/{name}"));
  }

  private static String example(String path) {
    String example = path.replaceAll("\\{[^}]+}", UUID.randomUUID().toString());
    return path.endsWith("/commands") ? example + "?id=x" : example;
  }

  /** Asks with headers, {@code Name: value}. */
  static Answer get(URI uri, String... headers) {
    return send("127.0.0.1", HttpRequest.newBuilder(uri), headers);
  }

  /** Asks from an address of this machine. */
  static Answer send(String from, HttpRequest.Builder request, String... headers) {
    Arrays.stream(headers)
        .map(header -> header.split(": ", 2))
        .forEach(header -> request.header(header[0], header[1]));
    try (HttpClient http =
        HttpClient.newBuilder().localAddress(InetAddress.ofLiteral(from)).build()) {
      return Reading.send(http, request);
    }
  }

  private static final class WithKeys {
    static final SecuredWorker WORKER = startWithKeys();
  }

  private static final class WithTokens {
    static final SecuredWorker WORKER = startWithTokens();
  }
}
