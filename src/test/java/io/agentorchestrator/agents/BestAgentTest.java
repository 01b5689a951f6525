package io.agentorchestrator.agents;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whom a task is given to. */
class BestAgentTest {

  private static final Instant NOW = Instant.parse("2026-11-23T09:00:00Z");

  private final Fleet fleet = new Fleet();

  @Test
  void isNobodyWhereThereIsNobody() {
    assertThat(fleet.locked().bestFor(List.of())).isEmpty();
  }

  @Test
  void isTheLeastLoadedRelativeToItsSlots() {
    add(1, 2, 1);
    add(2, 10, 4);
    add(3, 3, 2);

    assertBest(2);
  }

  @Test
  void isTheLeastLoadedWhateverItsSuccess() {
    add(1, 2, 1);
    succeeded(1, 9, 0);
    add(2, 2, 0);
    succeeded(2, 0, 9);

    assertBest(2);
  }

  @Test
  void isTheOneWithTheBetterSuccessRateOfThoseEquallyLoaded() {
    add(1, 4, 2);
    succeeded(1, 8, 2);
    add(2, 2, 1);
    succeeded(2, 9, 1);
    add(3, 8, 4);
    succeeded(3, 7, 3);

    assertBest(2);
  }

  @Test
  void mayBeOneThatHasDoneNothingYet() {
    add(1, 1, 0);
    succeeded(1, 99, 1);
    add(2, 1, 0);

    assertBest(2);
  }

  @Test
  void isTheBetterOneHoweverShortItsRest() {
    add(1, 1, 0);
    succeeded(1, 1, 1);
    add(2, 1, 0);
    freed(2, NOW.plusSeconds(60));

    assertBest(2);
  }

  @Test
  void isTheLongestIdleOfThoseEquallyGood() {
    add(1, 1, 0);
    freed(1, NOW.plusSeconds(3));
    add(2, 1, 0);
    freed(2, NOW.plusSeconds(1));
    add(3, 1, 0);
    freed(3, NOW.plusSeconds(2));

    assertBest(2);
  }

  @Test
  void isAlwaysTheSameOfThoseThatDifferInNothing() {
    add(3, 1, 0);
    add(1, 1, 0);
    add(2, 1, 0);

    assertBest(1);
  }

  @Test
  void isCapableOfAllThatIsRequired() {
    add(1, 9, 0, "ocr");
    add(2, 9, 8, "pdf", "ocr", "tts");
    add(3, 9, 0, "OCR", "pdf");

    assertBest(2, "ocr", "pdf");
    assertThat(fleet.locked().bestFor(List.of("ocr", "stt"))).isEmpty();
  }

  @Test
  void hasAFreeSlot() {
    add(1, 1, 1);
    add(2, 100, 99);

    assertBest(2);
    fleet.locked().activity(id(2)).taken();
    assertThat(fleet.locked().bestFor(List.of())).isEmpty();
  }

  @Test
  void hasAFreeSlotAlsoAfterItsSlotsBecameFewer() {
    add(1, 2, 3);
    add(2, 1, 1);

    assertThat(fleet.locked().bestFor(List.of())).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "OFFLINE, true",
    "OFFLINE, false",
    "DEREGISTERED, true",
    "DEREGISTERED, false",
  })
  void isActive(AgentStatus status, boolean enabled) {
    Fleet.restored(add(1, 9, 0), status, enabled);
    add(2, 2, 1);

    assertBest(2);
  }

  private static UUID id(int number) {
    return new UUID(0, number);
  }

  private Agent add(int number, int slots, int taken, String... capabilities) {
    Agent agent = fleet.add(id(number), NOW, slots, capabilities);
    for (int i = 0; i < taken; i++) {
      fleet.locked().activity(id(number)).taken();
    }
    return agent;
  }

  private void succeeded(int number, int completed, int failed) {
    AgentActivity activity = fleet.locked().activity(id(number));
    for (int i = 0; i < completed; i++) {
      activity.succeeded(Duration.ofSeconds(1));
    }
    for (int i = 0; i < failed; i++) {
      activity.failedOnce();
    }
  }

  private void freed(int number, Instant when) {
    AgentActivity activity = fleet.locked().activity(id(number));
    activity.taken();
    activity.freed(when);
  }

  private void assertBest(int number, String... required) {
    assertThat(fleet.locked().bestFor(Arrays.asList(required)).map(Agent::id)).contains(id(number));
  }
}
