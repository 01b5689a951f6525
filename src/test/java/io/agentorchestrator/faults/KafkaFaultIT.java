package io.agentorchestrator.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Kafka, and the way to it, break while commands come. */
@Order(4)
class KafkaFaultIT {

  private static final String DEAD_LETTERS = "orchestrator.commands.dead-letter";

  private final Cluster cluster = Cluster.shared();

  @Test
  @Tag("quick-faults")
  void bearsACrashOfTheBroker() {
    try (Scenario scenario = new Scenario("crash of Kafka", cluster, 1, 300, 60)) {
      for (double sent : List.of(0.25, 0.5)) {
        scenario.awaitSent(sent);
        scenario.inject("SIGKILL of Kafka", cluster::killKafka);
        scenario.rest(Duration.ofMillis(scenario.random().nextInt(3000)));
        scenario.note("start");
        cluster.startKafka();
      }
      scenario.judge();
    }
  }

  @Test
  @Tag("faults")
  void bearsConnectionsThatAreCut() {
    try (Scenario scenario = new Scenario("cuts before Kafka", cluster, 1, 250, 100)) {
      for (int i = 0; i < 12; i++) {
        scenario.rest(Duration.ofMillis(200 + scenario.random().nextInt(1000)));
        cluster.toKafka().awaitConnection();
        scenario.inject("cut", () -> assertThat(cluster.toKafka().cut()).isPositive());
      }
      scenario.judge();
    }
  }

  /** Longer than a transaction of the relay may last, and a consumer may be silent. */
  @Test
  @Tag("faults")
  void bearsMinutesWithoutABroker() {
    try (Scenario scenario = new Scenario("Kafka away", cluster, 1, 200, 60)) {
      scenario.awaitSent(0.3);
      scenario.inject("away", cluster.toKafka()::away);
      scenario.rest(Duration.ofSeconds(130));
      scenario.note("back");
      cluster.toKafka().back();
      scenario.judge();
    }
  }

  @Test
  @Tag("faults")
  void bearsANetworkThatSwallowsAll() {
    try (Scenario scenario = new Scenario("black hole before Kafka", cluster, 1, 250, 60)) {
      scenario.awaitSent(0.3);
      scenario.inject("black hole", cluster.toKafka()::blackHole);
      scenario.rest(Duration.ofSeconds(20));
      scenario.note("pass");
      cluster.toKafka().pass();
      scenario.judge();
    }
  }

  @Test
  @Tag("faults")
  void bearsASlowNetworkThatDeliversByteByByte() {
    try (Scenario scenario = new Scenario("slow Kafka", cluster, 1, 150, 30)) {
      scenario.awaitSent(0.1);
      scenario.inject(
          "delay", () -> cluster.toKafka().delay(Duration.ofMillis(10), Duration.ofMillis(40)));
      scenario.awaitSent(0.4);
      scenario.lastUntilJudged(Duration.ofSeconds(20));
      scenario.inject("slice", () -> cluster.toKafka().slice(Integer.MAX_VALUE));
      scenario.rest(Duration.ofSeconds(10));
      scenario.requireUnderLoad();
      scenario.inject("stall", cluster.toKafka()::stall);
      scenario.rest(Duration.ofSeconds(3));
      scenario.note("pass");
      cluster.toKafka().pass();
      scenario.judge();
    }
  }

  /** One that the topic takes again between its two sends arrives without its value. */
  @Test
  @Tag("faults")
  void waitsForATopicOfDeadLettersThatCannotBeWritten() {
    try (Scenario scenario = new Scenario("dead letters not writable", cluster, 1, 250, 60)) {
      scenario.awaitSent(0.2);
      scenario.mayTruncateDeadLetters();
      scenario.inject(
          "dead letters limited to a byte",
          () -> set(scenario, DEAD_LETTERS, "max.message.bytes", "1"));
      scenario.awaitDown("commands");
      scenario.rest(Duration.ofSeconds(10));
      scenario.note("writable again");
      set(scenario, DEAD_LETTERS, "max.message.bytes", "8388608");
      scenario.judge();
    }
  }

  private static void set(Scenario scenario, String name, String setting, String value) {
    ConfigResource topic =
        new ConfigResource(ConfigResource.Type.TOPIC, scenario.site().topic(name));
    Collection<AlterConfigOp> change =
        List.of(new AlterConfigOp(new ConfigEntry(setting, value), AlterConfigOp.OpType.SET));
    Broker.ask(
        scenario.site(), admin -> admin.incrementalAlterConfigs(Map.of(topic, change)).all().get());
  }

  /** As where somebody else made the command topics, and let them take what they like. */
  @Test
  @Tag("faults")
  void setsAsideWhatItsTopicCanHoldAndTheDeadLettersCannot() {
    try (Scenario scenario = new Scenario("too large for dead letters", cluster, 1, 200, 60)) {
      set(scenario, "orchestrator.commands.tasks", "max.message.bytes", "33554432");
      scenario.inject("20 MiB that are no command", () -> scenario.send(noCommand(20 << 20)));
      scenario.awaitSent(0.4);
      scenario.inject(
          "dead letters limited to 2 MiB",
          () -> set(scenario, DEAD_LETTERS, "max.message.bytes", "" + Oracle.MAX_DEAD_LETTER));
      scenario.inject("3 MiB that are no command", () -> scenario.send(noCommand(3 << 20)));
      scenario.judge();
    }
  }

  private static Plan.Message noCommand(int bytes) {
    byte[] value = new byte[bytes];
    Arrays.fill(value, (byte) 'x');
    return Plan.Message.unreadable("orchestrator.commands.tasks", "large", value, "TOO_LARGE");
  }
}
