package io.agentorchestrator.production;

import static org.apache.kafka.common.acl.AclOperation.ALTER;
import static org.apache.kafka.common.acl.AclOperation.ALTER_CONFIGS;
import static org.apache.kafka.common.acl.AclOperation.CREATE;
import static org.apache.kafka.common.acl.AclOperation.DELETE;
import static org.apache.kafka.common.acl.AclOperation.DESCRIBE;
import static org.apache.kafka.common.acl.AclOperation.DESCRIBE_CONFIGS;
import static org.apache.kafka.common.acl.AclOperation.READ;
import static org.apache.kafka.common.acl.AclOperation.WRITE;
import static org.apache.kafka.common.resource.ResourceType.GROUP;
import static org.apache.kafka.common.resource.ResourceType.TOPIC;
import static org.apache.kafka.common.resource.ResourceType.TRANSACTIONAL_ID;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KafkaAclsTest {

  private static final String PRODUCER = "orchestrator-producer";
  private static final String WORKER = "orchestrator-worker";
  private static final String CONSUMER = "orchestrator-consumer";
  private static final String OPERATOR = "orchestrator-operator";
  private static final List<String> COMMANDS =
      List.of(
          "orchestrator.commands.agents",
          "orchestrator.commands.tasks",
          "orchestrator.commands.workflows");
  private static final String LOG = "orchestrator.log";
  private static final String ASSIGNMENTS = "orchestrator.assignments";
  private static final String DEAD_LETTERS = "orchestrator.commands.dead-letter";
  private static final String CHECKPOINT = "orchestrator.relay.checkpoint";

  private final List<String> expected = new ArrayList<>();

  /** The same is written down here once more: a permission more on the page is no slip of a pen. */
  @Test
  void allowEachItsPartAndNothingMore() {
    expect(PRODUCER, TOPIC, COMMANDS, WRITE);
    expect(WORKER, TOPIC, COMMANDS, READ, DESCRIBE_CONFIGS, CREATE);
    expect(WORKER, TOPIC, List.of(LOG, CHECKPOINT), READ, WRITE, DESCRIBE_CONFIGS, CREATE);
    expect(WORKER, TOPIC, List.of(ASSIGNMENTS, DEAD_LETTERS), WRITE, DESCRIBE_CONFIGS, CREATE);
    expect(WORKER, GROUP, List.of("agent-orchestrator"), READ);
    expect(WORKER, TRANSACTIONAL_ID, List.of("agent_orchestrator"), WRITE);
    expect(CONSUMER, TOPIC, List.of(LOG, ASSIGNMENTS), READ);
    expect(CONSUMER, GROUP, List.of("orchestrator-consumer-*"), READ);
    expect(OPERATOR, TOPIC, List.of(DEAD_LETTERS), READ, DESCRIBE_CONFIGS);
    expect(OPERATOR, TOPIC, COMMANDS, WRITE, DESCRIBE_CONFIGS);
    expect(OPERATOR, TOPIC, List.of(LOG, ASSIGNMENTS, CHECKPOINT), READ, WRITE, DESCRIBE_CONFIGS);
    expect(OPERATOR, GROUP, List.of("agent-orchestrator"), DESCRIBE);
    expect(OPERATOR, TRANSACTIONAL_ID, List.of("agent_orchestrator"), WRITE);

    assertThat(KafkaAcls.ofThePage())
        .extracting(KafkaAclsTest::line)
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  private void expect(
      String user, ResourceType type, List<String> names, AclOperation... operations) {
    for (String name : names) {
      for (AclOperation operation : operations) {
        expected.add(line("User:" + user, operation, type, name));
      }
    }
  }

  private static String line(AclBinding acl) {
    return line(
        acl.entry().principal(),
        acl.entry().operation(),
        acl.pattern().resourceType(),
        acl.pattern().name() + (acl.pattern().patternType() == PatternType.PREFIXED ? "*" : ""));
  }

  private static String line(
      String principal, AclOperation operation, ResourceType type, String name) {
    return "%s may %s the %s %s"
        .formatted(principal, operation, type, name)
        .toLowerCase(Locale.ROOT);
  }

  @Test
  void allowWhatFollowsFromWhatTheySay() {
    List<AclBinding> acls = KafkaAcls.ofThePage();

    assertThat(KafkaAcls.allow(acls, PRODUCER, TOPIC, COMMANDS.getFirst(), DESCRIBE)).isTrue();
    assertThat(KafkaAcls.allow(acls, PRODUCER, TOPIC, COMMANDS.getFirst(), READ)).isFalse();
    assertThat(KafkaAcls.allow(acls, PRODUCER, TOPIC, COMMANDS.getFirst(), DESCRIBE_CONFIGS))
        .isFalse();
    assertThat(KafkaAcls.allow(acls, CONSUMER, GROUP, "orchestrator-consumer-7", READ)).isTrue();
    assertThat(KafkaAcls.allow(acls, CONSUMER, GROUP, "orchestrator-consumer", READ)).isFalse();
    assertThat(KafkaAcls.allow(acls, WORKER, TOPIC, LOG + ".more", READ)).isFalse();
    assertThat(KafkaAcls.allow(acls, OPERATOR, GROUP, "agent-orchestrator", READ)).isFalse();
    for (AclOperation operation : List.of(DELETE, ALTER, ALTER_CONFIGS)) {
      assertThat(KafkaAcls.allow(acls, WORKER, TOPIC, LOG, operation)).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kafka-acls --remove --allow-principal User:a --operation Read --topic t",
        "kafka-acls --add --deny-principal User:a --operation Read --topic t",
        "kafka-acls --add --allow-principal User:a --operation Reed --topic t",
        "kafka-acls --add --allow-principal User:a --operation Read",
        "kafka-acls --add --allow-principal User:a --operation Read --cluster"
      })
  void areNotReadWhereTheySayWhatIsNotUnderstood(String command) {
    assertThatThrownBy(() -> KafkaAcls.of(command)).isInstanceOf(IllegalArgumentException.class);
  }
}
