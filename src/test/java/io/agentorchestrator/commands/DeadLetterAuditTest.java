package io.agentorchestrator.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.commands.Decoded.Unreadable;
import io.agentorchestrator.commands.Inbox.Claim;
import io.agentorchestrator.log.Appended;
import io.agentorchestrator.log.LogBatch;
import io.agentorchestrator.messages.CommandType;
import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.Redrive;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeadLetterAuditTest {

  private static final UUID SUBJECT = new UUID(0, 1);
  private static final String TRACEPARENT =
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  private final LogBatch log = new LogBatch(Instant.parse("2026-11-23T09:00:00Z"));

  @Test
  void tellsWhatWasReadAndWhereItWas() {
    CommandOutcome outcome =
        append(
            new Identity(
                "/s", "1", CommandType.TASK_START, "task.start.v1", SUBJECT, "alice", TRACEPARENT),
            Claim.FRESH);

    assertThat(outcome)
        .isEqualTo(
            new CommandOutcome(
                "task.start.v1",
                CommandOutcome.Kind.DEAD_LETTERED,
                null,
                DeadLetterReason.SCHEMA_VIOLATION));
    Appended entry = Appended.to(log).getFirst();
    assertThat(entry.type()).isEqualTo(EventType.COMMAND_DEAD_LETTERED);
    assertThat(entry.entityType()).isEqualTo(EntityType.TASK);
    assertThat(entry.entityId()).isEqualTo(SUBJECT);
    assertThat(entry.entityVersion()).isNull();
    assertThat(entry.cause().source()).isEqualTo("/s");
    assertThat(entry.cause().id()).isEqualTo("1");
    assertThat(entry.cause().digest()).isNull();
    assertThat(entry.cause().operation()).isEqualTo("task.start");
    assertThat(entry.cause().actor()).isEqualTo("alice");
    assertThat(entry.cause().traceparent()).isEqualTo(TRACEPARENT);
    assertThat(new HashMap<>(entry.occurred().details()))
        .isEqualTo(
            Map.of(
                "reason",
                DeadLetterReason.SCHEMA_VIOLATION,
                "message",
                "data.a: expected no such field",
                "topic",
                "orchestrator.commands.tasks",
                "partition",
                0,
                "offset",
                0L));
  }

  @Test
  void tellsThatItWasADeadLetterBefore() {
    DeadLetterAudit.append(
        Records.record(
            "orchestrator.commands.tasks",
            new byte[0],
            Map.of(
                "redrive_topic", "dead.letters", "redrive_partition", "3", "redrive_offset", "7")),
        new Unreadable(
            DeadLetterReason.SCHEMA_VIOLATION,
            "data.a: expected no such field",
            new Identity("/s", "1", null, null, null, null, null)),
        Claim.FRESH,
        log);

    assertThat(Appended.to(log).getFirst().cause().redrive())
        .isEqualTo(new Redrive("dead.letters", 3, 7, null));
  }

  @Test
  void namesNoEntityWhereSubjectOrTypeCouldNotBeRead() {
    append(new Identity("/s", "1", null, "task.start.v9", SUBJECT, null, null), Claim.FRESH);
    append(
        new Identity("/s", "2", CommandType.TASK_START, "task.start.v1", null, null, null),
        Claim.FRESH);

    List<Appended> entries = Appended.to(log);
    assertThat(entries).hasSize(2);
    assertThat(entries)
        .allSatisfy(
            entry -> {
              assertThat(entry.entityType()).isNull();
              assertThat(entry.entityId()).isNull();
              assertThat(entry.cause().actor()).isEqualTo("/s");
            });
  }

  @ParameterizedTest
  @CsvSource({"/s,", ",1", ","})
  void saysNothingOfARecordThatNobodyCanName(@Nullable String source, @Nullable String id) {
    CommandOutcome outcome =
        append(new Identity(source, id, null, null, SUBJECT, null, null), Claim.FRESH);

    assertThat(outcome.kind()).isEqualTo(CommandOutcome.Kind.DEAD_LETTERED);
    assertThat(outcome.type()).isNull();
    assertThat(Appended.to(log)).isEmpty();
  }

  @Test
  void tellsOfARecordOnce() {
    CommandOutcome outcome =
        append(new Identity("/s", "1", null, null, null, null, null), Claim.DUPLICATE);

    assertThat(outcome.kind()).isEqualTo(CommandOutcome.Kind.DUPLICATE);
    assertThat(Appended.to(log)).isEmpty();
  }

  private CommandOutcome append(Identity identity, Claim claim) {
    return DeadLetterAudit.append(
        Records.structured("orchestrator.commands.tasks", new byte[0]),
        new Unreadable(
            DeadLetterReason.SCHEMA_VIOLATION, "data.a: expected no such field", identity),
        claim,
        log);
  }
}
