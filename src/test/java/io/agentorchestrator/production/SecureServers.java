package io.agentorchestrator.production;

import io.agentorchestrator.local.LocalKafka;
import io.agentorchestrator.local.LocalPostgres;
import io.agentorchestrator.local.ReservedPort;
import io.agentorchestrator.local.Servers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLContext;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialAlteration;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;

/**
 * A PostgreSQL and a Kafka as they are in production: whoever talks to them does so over TLS, shows
 * who it is, and may do what it was allowed and no more. The broker has a listener for users with
 * passwords and one for clients with certificates; PostgreSQL lets the worker's role in over TLS
 * alone.
 */
final class SecureServers implements AutoCloseable {

  static final String PRODUCER = "orchestrator-producer";
  static final String WORKER = "orchestrator-worker";
  static final String CONSUMER = "orchestrator-consumer";
  static final String OPERATOR = "orchestrator-operator";

  /** One that can log in, and is allowed nothing. */
  static final String NOBODY = "nobody";

  /** How every password begins that is a secret here, so that it is found wherever it turns up. */
  static final String PASSWORDS = "the-password-of-";

  private static final String BROKER = "broker";
  private static final String STRANGER = "stranger";
  private static final String DATABASE_ROLE = "worker";
  private static final String DATABASE = "agents";
  private static final int SCRAM_ITERATIONS = 4096;

  private final Path folder;
  private final List<ReservedPort> ports = new ArrayList<>();
  private final Map<String, Certificate> certificates = new LinkedHashMap<>();
  private final Path trustStore;
  private final LocalPostgres postgres;
  private final LocalKafka kafka;
  private final String certified;
  private final String nowhere;

  private SecureServers(Path folder) throws InterruptedException {
    this.folder = folder;
    Map<String, Process> made = new LinkedHashMap<>();
    for (String name : List.of(BROKER, PRODUCER, WORKER, STRANGER)) {
      made.put(name, Certificate.make(folder, name));
    }
    for (Map.Entry<String, Process> each : made.entrySet()) {
      certificates.put(each.getKey(), Certificate.made(folder, each.getKey(), each.getValue()));
    }
    // The stranger's is as good as any, but nobody trusts it.
    trustStore =
        Certificate.trustStore(
            folder.resolve("kafka-trust.p12"),
            certificate(BROKER),
            certificate(PRODUCER),
            certificate(WORKER));
    certified = address();
    nowhere = address();
    postgres = startPostgres();
    try {
      kafka = startKafka();
    } catch (RuntimeException e) {
      postgres.close();
      throw e;
    }
  }

  /**
   * Starts both, with the users and with what the page allows them.
   *
   * @param folder where they keep what they have
   */
  static SecureServers start(Path folder) throws InterruptedException, ExecutionException {
    SecureServers servers = new SecureServers(folder);
    try {
      servers.createRole();
      servers.createUsers();
      return servers;
    } catch (RuntimeException | ExecutionException e) {
      servers.close();
      throw e;
    }
  }

  private void createUsers() throws InterruptedException, ExecutionException {
    try (Admin admin = Admin.create(certified(BROKER))) { // Which may do anything.
      List<UserScramCredentialAlteration> users = new ArrayList<>();
      for (String user : List.of(PRODUCER, WORKER, CONSUMER, OPERATOR, NOBODY)) {
        users.add(
            new UserScramCredentialUpsertion(
                user,
                new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, SCRAM_ITERATIONS),
                password(user)));
      }
      admin.alterUserScramCredentials(users).all().get();
      admin.createAcls(KafkaAcls.ofThePage()).all().get();
    }
  }

  private Certificate certificate(String name) {
    return Objects.requireNonNull(certificates.get(name));
  }

  private String address() {
    ReservedPort port = ReservedPort.take();
    ports.add(port);
    return "127.0.0.1:" + port.number();
  }

  private LocalPostgres startPostgres() {
    ReservedPort port = ReservedPort.take();
    ports.add(port);
    Path access = folder.resolve("pg_hba.conf");
    try {
      Files.writeString(
          access,
          """
          hostssl all %1$s 127.0.0.1/32 scram-sha-256
          hostssl replication %1$s 127.0.0.1/32 scram-sha-256
          host all postgres 127.0.0.1/32 scram-sha-256
          """
              .formatted(DATABASE_ROLE));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Servers.startPostgres(
        folder.resolve("postgres"),
        port,
        folder.resolve("postgres.log"),
        Map.of(
            "ssl",
            "on",
            "ssl_cert_file",
            certificate(BROKER).pem().toString(),
            "ssl_key_file",
            certificate(BROKER).keyPem().toString(),
            "hba_file",
            access.toString()));
  }

  /** A role that owns its database and may replicate, as the README asks for, and no superuser. */
  private void createRole() {
    try (Connection connection = administrate("postgres");
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE ROLE %s LOGIN REPLICATION PASSWORD '%s'"
              .formatted(DATABASE_ROLE, password(DATABASE_ROLE)));
      statement.execute("CREATE DATABASE %s OWNER %s".formatted(DATABASE, DATABASE_ROLE));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private Connection administrate(String database) throws SQLException {
    return DriverManager.getConnection(postgres.jdbcUrl(database));
  }

  /** The worker's sessions at PostgreSQL by kind, and whether each is encrypted. */
  Map<String, Boolean> encryptedSessions() throws SQLException {
    Map<String, Boolean> encrypted = new HashMap<>();
    try (Connection connection = administrate(DATABASE);
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                SELECT backend_type, bool_and(ssl)
                FROM pg_stat_activity JOIN pg_stat_ssl USING (pid)
                WHERE usename = '%s' GROUP BY backend_type
                """
                    .formatted(DATABASE_ROLE))) {
      while (rows.next()) {
        encrypted.put(rows.getString(1), rows.getBoolean(2));
      }
    }
    return encrypted;
  }

  private LocalKafka startKafka() {
    String passwords = address();
    String controller = address();
    Map<String, String> settings = new HashMap<>();
    settings.putAll(certificate(BROKER).asOwn());
    settings.putAll(Certificate.asTrusted(trustStore));
    settings.put(
        "listeners",
        "PASSWORDS://%s,CERTIFICATES://%s,CONTROLLER://%s"
            .formatted(passwords, certified, controller));
    settings.put(
        "advertised.listeners", "PASSWORDS://%s,CERTIFICATES://%s".formatted(passwords, certified));
    settings.put(
        "listener.security.protocol.map", "PASSWORDS:SASL_SSL,CERTIFICATES:SSL,CONTROLLER:SSL");
    settings.put("inter.broker.listener.name", "CERTIFICATES");
    settings.put("controller.quorum.voters", LocalKafka.NODE + "@" + controller);
    settings.put("sasl.enabled.mechanisms", "SCRAM-SHA-512");
    settings.put(
        "listener.name.passwords.scram-sha-512.sasl.jaas.config",
        "org.apache.kafka.common.security.scram.ScramLoginModule required;");
    settings.put("listener.name.certificates.ssl.client.auth", "required");
    settings.put("listener.name.controller.ssl.client.auth", "required");
    settings.put("ssl.principal.mapping.rules", "RULE:^CN=([^,]+).*$/$1/,DEFAULT");
    settings.put(
        "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
    settings.put("super.users", "User:" + BROKER);
    return LocalKafka.start(folder.resolve("kafka"), passwords, settings);
  }

  private static String password(String user) {
    return PASSWORDS + user;
  }

  /** How a client with a certificate reaches the broker. */
  private Map<String, Object> certified(String name) {
    Map<String, Object> settings = new HashMap<>(withoutCertificate());
    settings.putAll(certificate(name).asOwn());
    return settings;
  }

  /** How the producer does, with its certificate. */
  Map<String, Object> certifiedProducer() {
    return certified(PRODUCER);
  }

  /** How one does whose certificate nobody vouches for. */
  Map<String, Object> stranger() {
    return certified(STRANGER);
  }

  /** How one does that shows none. */
  Map<String, Object> withoutCertificate() {
    return settings(certified, "SSL");
  }

  /** How a user with a password reaches the broker. */
  Map<String, Object> user(String user) {
    return user(user, password(user));
  }

  /** How one does that has the password wrong. */
  Map<String, Object> user(String user, String password) {
    Map<String, Object> settings = new HashMap<>(settings(kafka.bootstrapServers(), "SASL_SSL"));
    settings.put("sasl.mechanism", "SCRAM-SHA-512");
    settings.put("sasl.jaas.config", jaas(user, password));
    return settings;
  }

  private Map<String, Object> settings(String servers, String protocol) {
    Map<String, Object> settings = new HashMap<>(Certificate.asTrusted(trustStore));
    settings.put("bootstrap.servers", servers);
    settings.put("security.protocol", protocol);
    return settings;
  }

  /** One that trusts others than those that the broker is vouched for by. */
  Path trustStoreOfOthers() {
    return Certificate.trustStore(folder.resolve("others.p12"), certificate(STRANGER));
  }

  private static String jaas(String user, String password) {
    return "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"%s\" password=\"%s\";"
        .formatted(user, password);
  }

  /** What a client of the reads trusts. */
  SSLContext trust() {
    return Certificate.trusting(trustStore);
  }

  /** The worker's settings, or the command line's, with a user of Kafka and its password. */
  List<String> settings(String user) {
    List<String> settings = new ArrayList<>(settings());
    settings.add("KAFKA_BOOTSTRAP_SERVERS=" + kafka.bootstrapServers());
    settings.add("KAFKA_PASSWORD=" + password(user));
    KafkaSettingsOfThePage.withAPassword()
        .forEach(setting -> settings.add(here(setting).replace(WORKER, user)));
    return arguments(settings);
  }

  /** The worker's settings for production, with its certificate, and an issuer who is away. */
  List<String> certifiedSettings() {
    List<String> settings = new ArrayList<>(settings());
    settings.add("KAFKA_BOOTSTRAP_SERVERS=" + certified);
    settings.add("KAFKA_KEY_PASSWORD=" + Certificate.PASSWORD);
    KafkaSettingsOfThePage.withACertificate().forEach(setting -> settings.add(here(setting)));
    settings.add("spring.profiles.active=production");
    settings.add("orchestrator.security.mode=jwt");
    settings.add("orchestrator.security.jwt.issuer=https://issuer.example");
    settings.add("orchestrator.security.jwt.audience=agent-orchestrator");
    settings.add("orchestrator.security.jwt.jwk-set-uri=http://%s/keys".formatted(nowhere));
    return arguments(settings);
  }

  /** Both ports over TLS, and a Redis for the cache that is away. */
  private List<String> settings() {
    List<String> settings = new ArrayList<>();
    settings.add(
        "DATABASE_URL="
            + "postgresql+asyncpg://%s:%s@127.0.0.1:%d/%s?ssl=verify-full&sslrootcert=%s"
                .formatted(
                    DATABASE_ROLE,
                    password(DATABASE_ROLE),
                    postgres.address().port(),
                    DATABASE,
                    certificate(BROKER).pem()));
    settings.add("KAFKA_TRUST_PASSWORD=" + Certificate.PASSWORD);
    settings.add("CACHE_REDIS_URL=rediss://cache:%s@%s/0".formatted(password("redis"), nowhere));
    settings.add("REDIS_URL=rediss://old:%s@%s/0".formatted(password("old-redis"), nowhere));
    settings.add("orchestrator.topics.partitions=2");
    settings.addAll(certificate(BROKER).asServer("server"));
    settings.addAll(certificate(BROKER).asServer("management.server"));
    settings.add("server.port=0");
    settings.add("management.server.port=0");
    return settings;
  }

  /** A setting of the page's, with the files that are here. */
  private String here(String setting) {
    return setting.replace("file:/tls/", "file:" + folder + "/");
  }

  private static List<String> arguments(List<String> settings) {
    return settings.stream().map(setting -> "--" + setting).toList();
  }

  @Override
  public void close() {
    kafka.close();
    postgres.close();
    ports.forEach(ReservedPort::close);
  }
}
