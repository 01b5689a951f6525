package io.agentorchestrator.faults;

import io.agentorchestrator.local.Folders;
import io.agentorchestrator.local.LocalKafka;
import io.agentorchestrator.local.LocalRunProcess;
import io.agentorchestrator.local.ReservedPort;
import io.agentorchestrator.local.Servers;
import io.agentorchestrator.local.Site;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * PostgreSQL and Kafka as processes of the fault tests' own, a proxy before each, and sites on
 * them: workers come through the proxies, the tests go past them.
 */
final class Cluster implements AutoCloseable {

  private static final ThreadLocal<Cluster> SHARED = ThreadLocal.withInitial(Cluster::untilTheEnd);

  private final Path folder;
  private final PostgresProcess postgres;
  private final ReservedPort kafkaPort = ReservedPort.take();
  private final ReservedPort behindProxy = ReservedPort.take();
  private final LocalKafka.Proxied proxied;
  private final FaultProxy toPostgres;
  private final FaultProxy toKafka;
  private LocalRunProcess kafka;

  private Cluster(Path folder, Path database, long seed) {
    this.folder = folder;
    postgres = PostgresProcess.start(database, Map.of("max_wal_size", "128MB"));
    toPostgres = FaultProxy.start(postgres.address(), seed);
    toKafka = FaultProxy.start(behindProxy.number(), seed);
    proxied = new LocalKafka.Proxied(behindProxy.number(), toKafka.port());
    kafka = LocalRunProcess.startKafka(folder.resolve("broker"), kafkaPort.number(), proxied);
  }

  /**
   * The one that scenarios of a thread share which leave it as they find it. It ends with the JVM.
   */
  static Cluster shared() {
    return SHARED.get();
  }

  private static Cluster untilTheEnd() {
    Cluster cluster = fresh();
    Runtime.getRuntime().addShutdownHook(new Thread(cluster::close, "cluster"));
    return cluster;
  }

  /** One for a scenario that leaves something broken. */
  static Cluster fresh() {
    Path folder = temporary();
    return new Cluster(folder, folder.resolve("database"), Scenario.SEED);
  }

  /** Likewise, with PostgreSQL's data elsewhere. */
  static Cluster fresh(Path database) {
    return new Cluster(temporary(), database, Scenario.SEED);
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("agent-orchestrator-faults-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A site that nobody has used, past the proxies. */
  Site freshSite() {
    return Site.fresh(Servers.of(postgres.address(), "127.0.0.1:" + kafkaPort.number()));
  }

  /** The same site on another PostgreSQL. */
  Site on(PostgresProcess other, Site site) {
    return new Site(Servers.of(other.address(), "127.0.0.1:" + kafkaPort.number()), site.name());
  }

  /** The same site as workers see it. */
  Site behindProxies(Site site) {
    return new Site(
        Servers.of(toPostgres.to(postgres.address()), "127.0.0.1:" + toKafka.port()), site.name());
  }

  PostgresProcess postgres() {
    return postgres;
  }

  FaultProxy toPostgres() {
    return toPostgres;
  }

  FaultProxy toKafka() {
    return toKafka;
  }

  LocalRunProcess kafka() {
    return kafka;
  }

  void killKafka() {
    kafka.kill();
  }

  void startKafka() {
    kafka = LocalRunProcess.startKafka(folder.resolve("broker"), kafkaPort.number(), proxied);
  }

  /** Takes all faults back. */
  void heal() {
    toPostgres.back();
    toPostgres.pass();
    toKafka.back();
    toKafka.pass();
  }

  @Override
  public void close() {
    toKafka.close();
    toPostgres.close();
    kafka.kill();
    postgres.close();
    kafkaPort.close();
    behindProxy.close();
    Folders.delete(folder);
  }
}
