package io.agentorchestrator.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.messages.EventStatus;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.Redrive;
import io.agentorchestrator.messages.Rejection;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.UUID;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LogBatchTest {

  private static final Instant CREATION = Instant.parse("2026-11-23T09:00:00Z");
  private static final Instant NOW = CREATION.plusSeconds(5);
  private static final UUID ID = new UUID(1, 1);
  private static final Cause CAUSE = Appended.causedBy("1");

  private final LogBatch log = new LogBatch(NOW);
  private final Lamp lamp = new Lamp(ID, CREATION);

  @Test
  void tellsOfEveryEventThatItsCauseWasADeadLetterOnce() {
    Redrive redrive = new Redrive("dead.letters", 3, 7, "carol");
    Cause redriven =
        new Cause("/tests", "1", null, "task.assign.v1", "task.assign", "alice", null, redrive);

    log.created(redriven, lamp, Lamp.EVENT);
    log.rejected(
        redriven,
        EntityType.TASK,
        ID,
        Rejection.notFound("There is none."),
        Map.of("more", 1),
        null);
    log.created(CAUSE, new Lamp(new UUID(1, 2), CREATION), Lamp.EVENT);

    assertThat(log.entries().get(0).details().get("redrive")).isEqualTo(redrive);
    assertThat(log.entries().get(1).details().keySet())
        .extracting(String::valueOf)
        .containsExactly("rejection", "more", "redrive");
    assertThat(log.entries().get(2).details()).isEqualTo(Lamp.EVENT.details());
  }

  @Test
  void holdsAllFieldsInTheFirstEvent() {
    log.created(CAUSE, lamp, Lamp.EVENT);

    Appended first = only();
    assertThat(first.entityVersion()).isEqualTo(1);
    assertThat(first.entityType()).isEqualTo(EntityType.SERVICE);
    assertThat(first.entityId()).isEqualTo(ID);
    assertThat(first.changes()).isEqualTo(lamp.fields());
    assertThat(first.changes().keySet())
        .containsExactly("on", "colour", "created_at", "updated_at");
    assertThat(first.changes().get("colour")).isNull();
  }

  @Test
  void holdsInTheNextEventExactlyWhatChanged() {
    assertThat(log.change(CAUSE, lamp, () -> lamp.become(true, null))).isEmpty();

    assertThat(only().changes()).isEqualTo(Map.of("on", true, "updated_at", NOW));
    assertThat(only().cause()).isEqualTo(CAUSE);
    assertThat(lamp.updatedAt()).isEqualTo(NOW);
  }

  @Test
  void tellsOfAFieldThatWasCleared() {
    lamp.become(false, "red");

    log.change(CAUSE, lamp, () -> lamp.become(false, null));

    assertThat(only().changes().keySet()).containsExactlyInAnyOrder("colour", "updated_at");
    assertThat(only().changes().get("colour")).isNull();
  }

  @Test
  void raisesTheVersionByOneWithEachEvent() {
    log.created(CAUSE, lamp, Lamp.EVENT);
    log.change(CAUSE, lamp, () -> lamp.become(true, null));
    log.change(CAUSE, lamp, () -> lamp.become(true, "red"));

    assertThat(Appended.to(log)).extracting(Appended::entityVersion).containsExactly(1L, 2L, 3L);
    assertThat(lamp.entityVersion()).isEqualTo(3);
  }

  @Test
  void namesTheTimeOnlyOnceWithinATransaction() {
    log.change(CAUSE, lamp, () -> lamp.become(true, null));
    log.change(CAUSE, lamp, () -> lamp.become(true, "red"));

    assertThat(Appended.to(log).getLast().changes()).isEqualTo(Map.of("colour", "red"));
  }

  @Test
  void appendsNothingForARefusal() {
    Rejection rejection = Rejection.invalidState("Expected light, but it is dark.");

    assertThat(log.change(CAUSE, lamp, () -> new Decision.Refused(rejection))).contains(rejection);

    assertUntouched();
  }

  @Test
  void appendsNothingWhereNothingChanged() {
    assertThat(log.change(CAUSE, lamp, Decision.Unchanged::new)).isEmpty();

    assertUntouched();
  }

  @Test
  void tellsOfARejectionWithoutAVersion() {
    Rejection rejection = Rejection.forbidden("Expected another, but it is this.");

    log.rejected(CAUSE, EntityType.TASK, ID, rejection, null);

    Appended rejected = only();
    assertThat(rejected.type()).isEqualTo(EventType.COMMAND_REJECTED);
    assertThat(rejected.entityVersion()).isNull();
    assertThat(rejected.entityId()).isEqualTo(ID);
    assertThat(rejected.changes()).isEmpty();
    assertThat(rejected.occurred().status()).isEqualTo(EventStatus.FAILURE);
    assertThat(rejected.occurred().details())
        .asInstanceOf(InstanceOfAssertFactories.MAP)
        .containsExactly(Map.entry("rejection", rejection));
  }

  @Test
  void tellsOfADeadLetterWithoutAVersion() {
    log.deadLettered(CAUSE, null, null, "No valid command.", Map.of("reason", "MALFORMED"));

    Appended deadLettered = only();
    assertThat(deadLettered.type()).isEqualTo(EventType.COMMAND_DEAD_LETTERED);
    assertThat(deadLettered.entityType()).isNull();
    assertThat(deadLettered.entityId()).isNull();
    assertThat(deadLettered.entityVersion()).isNull();
    assertThat(deadLettered.changes()).isEmpty();
    assertThat(deadLettered.occurred().status()).isEqualTo(EventStatus.FAILURE);
  }

  private void assertUntouched() {
    assertThat(Appended.to(log)).isEmpty();
    assertThat(lamp.entityVersion()).isZero();
    assertThat(lamp.updatedAt()).isEqualTo(CREATION);
  }

  private Appended only() {
    List<Appended> entries = Appended.to(log);
    assertThat(entries).hasSize(1);
    return entries.getFirst();
  }

  /** The simplest entity there is. */
  private static final class Lamp extends RecordedEntity {

    private static final Decision.Occurred EVENT =
        Decision.Occurred.success(EventType.AGENT_UPDATED, "The lamp changed.", null);

    private boolean on;
    private @Nullable String colour;

    private Lamp(UUID id, Instant now) {
      super(id, now);
    }

    private Decision become(boolean lit, @Nullable String newColour) {
      on = lit;
      colour = newColour;
      return EVENT;
    }

    @Override
    public EntityType entityType() {
      return EntityType.SERVICE;
    }

    @Override
    public SequencedMap<String, @Nullable Object> fields() {
      SequencedMap<String, @Nullable Object> fields = new LinkedHashMap<>();
      fields.put("on", on);
      fields.put("colour", colour);
      fields.put("created_at", createdAt());
      fields.put("updated_at", updatedAt());
      return fields;
    }
  }
}
