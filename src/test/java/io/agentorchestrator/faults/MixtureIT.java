package io.agentorchestrator.faults;

import io.agentorchestrator.local.WorkerProcess;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Anything may break, at any moment, and something else before that is over. */
class MixtureIT {

  private final Cluster cluster = Cluster.shared();

  private interface Breakage {
    void happen(Scenario scenario);
  }

  private final List<Breakage> breakages =
      List.of(
          this::killWorker,
          this::killWorker,
          this::freezeWorker,
          this::cutPostgres,
          this::cutKafka,
          this::crashPostgres,
          this::crashKafka,
          this::sendPostgresAway,
          this::sendKafkaAway,
          this::stall,
          this::slowDown,
          this::loseACommit,
          this::endSession);

  @Test
  @Tag("faults")
  void bearsSomeOfEverything() {
    run("mixture", 8);
  }

  @Test
  @Tag("faults")
  void bearsMuchOfEverything() {
    run("long mixture", 60);
  }

  private void run(String name, int count) {
    try (Scenario scenario =
        new Scenario(name, cluster, 2, 40 * count, 60, "--orchestrator.database.pool-timeout=3")) {
      scenario.lastUntilJudged(Duration.ofSeconds(6L * count));
      Random random = scenario.random();
      for (int i = 0; i < count; i++) {
        scenario.rest(Duration.ofMillis(300 + random.nextInt(2500)));
        // One that starts while a server is away ends, and says so.
        scenario.supervise();
        breakages.get(random.nextInt(breakages.size())).happen(scenario);
      }
      scenario.requireUnderLoad();
      scenario.superviseUntilReady();
      scenario.judge();
    }
  }

  private void killWorker(Scenario scenario) {
    WorkerProcess victim = scenario.anyWorker();
    scenario.inject("SIGKILL of a worker", () -> scenario.kill(victim));
    scenario.startWorker();
  }

  private void freezeWorker(Scenario scenario) {
    WorkerProcess victim = scenario.anyWorker();
    Duration time = Duration.ofMillis(500 + scenario.random().nextInt(14_000));
    scenario.inject("SIGSTOP of a worker for " + time, victim::freeze);
    scenario.rest(time);
    scenario.note("SIGCONT");
    victim.thaw();
  }

  private void cutPostgres(Scenario scenario) {
    scenario.inject("cut before PostgreSQL", cluster.toPostgres()::cut);
  }

  private void cutKafka(Scenario scenario) {
    scenario.inject("cut before Kafka", cluster.toKafka()::cut);
  }

  private void crashPostgres(Scenario scenario) {
    scenario.inject("SIGKILL of PostgreSQL", cluster.postgres()::crash);
    pause(scenario, 2000);
    scenario.note("PostgreSQL starts");
    cluster.postgres().start();
  }

  private void crashKafka(Scenario scenario) {
    scenario.inject("SIGKILL of Kafka", cluster::killKafka);
    pause(scenario, 2000);
    scenario.note("Kafka starts");
    cluster.startKafka();
  }

  private void sendPostgresAway(Scenario scenario) {
    scenario.inject("PostgreSQL away", cluster.toPostgres()::away);
    pause(scenario, 6000);
    scenario.note("PostgreSQL back");
    cluster.toPostgres().back();
  }

  private void sendKafkaAway(Scenario scenario) {
    scenario.inject("Kafka away", cluster.toKafka()::away);
    pause(scenario, 6000);
    scenario.note("Kafka back");
    cluster.toKafka().back();
  }

  private void stall(Scenario scenario) {
    FaultProxy proxy = anyProxy(scenario);
    scenario.inject("stall before " + name(proxy), proxy::stall);
    pause(scenario, 4000);
    scenario.note("go on");
    proxy.pass();
  }

  private void slowDown(Scenario scenario) {
    FaultProxy proxy = anyProxy(scenario);
    scenario.inject(
        "delay before " + name(proxy),
        () -> proxy.delay(Duration.ofMillis(5), Duration.ofMillis(60)));
    pause(scenario, 6000);
    scenario.note("no delay");
    proxy.pass();
  }

  private FaultProxy anyProxy(Scenario scenario) {
    return scenario.random().nextBoolean() ? cluster.toPostgres() : cluster.toKafka();
  }

  private String name(FaultProxy proxy) {
    return proxy == cluster.toKafka() ? "Kafka" : "PostgreSQL";
  }

  private void loseACommit(Scenario scenario) {
    CommitTrap.Kind[] kinds = CommitTrap.Kind.values();
    CommitTrap.Kind kind = kinds[scenario.random().nextInt(kinds.length)];
    CommitTrap trap = cluster.toPostgres().catchCommit(kind, 1 + scenario.random().nextInt(3), "");
    scenario.inject(kind + " of a COMMIT", () -> trap.await(Duration.ofMinutes(3)));
  }

  private void endSession(Scenario scenario) {
    scenario.endSession("true");
  }

  private static void pause(Scenario scenario, int most) {
    scenario.rest(Duration.ofMillis(200 + scenario.random().nextInt(most)));
  }
}
