package io.agentorchestrator.agents;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.log.Appended;
import io.agentorchestrator.log.Decision;
import io.agentorchestrator.log.Folds;
import io.agentorchestrator.log.LogBatch;
import io.agentorchestrator.messages.Command.RegisterAgent;
import io.agentorchestrator.messages.EventStatus;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.Rejection;
import io.agentorchestrator.messages.RejectionType;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every request to an agent in every state: allowed with its event, or nothing happens at all. */
class AgentTransitionTest {

  /**
   * What the contract makes of each request: the state it leads to, with an event; {@code refused};
   * or {@code nothing}. A minus stands behind the state of an agent that is not enabled.
   */
  private static final String CONTRACT =
      """
      request          active        offline       offline-      deregistered  deregistered-
      heard_of         nothing       active        nothing       nothing       nothing
      expire           offline       nothing       nothing       nothing       nothing
      activate         nothing       active        active        refused       refused
      activate_lost    nothing       nothing       offline       refused       refused
      deactivate       offline-      offline-      nothing       refused       refused
      deregister       deregistered  deregistered  deregistered- refused       refused
      restate          nothing       nothing       nothing       active        offline-
      restate_other    active        offline       offline-      active        offline-
      """;

  private static final Instant THEN = Instant.parse("2026-11-23T09:00:00.123456Z");

  /** Long after the lease of a minute has run out. */
  private static final Instant NOW = THEN.plusSeconds(600);

  private static final UUID ID = new UUID(0, 1);
  private static final RegisterAgent STATED = Fleet.stated("Reader", 4, List.of("ocr"));
  private static final RegisterAgent OTHER = Fleet.stated("Writer", 2, List.of("tts"));

  private final Agent agent = new Agent(ID, STATED, THEN);
  private final LogBatch past = new LogBatch(THEN);
  private final LogBatch log = new LogBatch(NOW);

  static Stream<Arguments> pairs() {
    List<String[]> rows = CONTRACT.lines().map(line -> line.split(" +")).toList();
    String[] states = rows.getFirst();
    return rows.stream()
        .skip(1)
        .flatMap(
            row ->
                IntStream.range(1, states.length)
                    .mapToObj(i -> Arguments.of(row[0], states[i], row[i])));
  }

  @ParameterizedTest(name = "{0} in state {1}: {2}")
  @MethodSource("pairs")
  void obeysTheContract(String request, String from, String outcome) {
    past.created(Appended.causedBy("1"), agent, agent.registered());
    bring(from);
    Map<String, @Nullable Object> before = new LinkedHashMap<>(agent.fields());

    Optional<Rejection> rejection = ask(request);

    if (outcome.equals("refused")) {
      assertThat(rejection.map(Rejection::type)).contains(RejectionType.INVALID_STATE);
      assertThat(rejection.orElseThrow().reason())
          .matches("Expected to .* agent %s, but it is deregistered.*\\.".formatted(ID));
    } else {
      assertThat(rejection).isEmpty();
    }
    if (outcome.equals("refused") || outcome.equals("nothing")) {
      assertThat(agent.fields()).isEqualTo(before);
      assertThat(Appended.to(log)).isEmpty();
    } else {
      assertHappened(request, from, outcome, before);
    }
    Folds folds = new Folds();
    folds.read(Appended.to(past));
    folds.read(Appended.to(log));
    folds.assertTell(agent);
  }

  private void bring(String state) {
    if (state.endsWith("-")) {
      tell(past, agent::deactivate);
    } else if (state.equals("offline")) {
      tell(past, () -> agent.expire(THEN));
    }
    if (state.startsWith("deregistered")) {
      tell(past, () -> agent.deregister(null));
    }
    assertThat(agent.status()).isEqualTo(status(state));
  }

  private Optional<Rejection> ask(String request) {
    return tell(
        log,
        switch (request) {
          case "heard_of" -> agent::heardOf;
          case "expire" -> () -> agent.expire(THEN);
          case "activate" -> () -> agent.activate(NOW.minusSeconds(59), NOW);
          case "activate_lost" -> () -> agent.activate(NOW.minusSeconds(61), NOW);
          case "deactivate" -> agent::deactivate;
          case "deregister" -> () -> agent.deregister("Replaced.");
          case "restate" -> () -> agent.restate(STATED);
          case "restate_other" -> () -> agent.restate(OTHER);
          default -> throw new IllegalArgumentException(request);
        });
  }

  private Optional<Rejection> tell(LogBatch batch, Supplier<Decision> request) {
    return batch.change(Appended.causedBy("2"), agent, request);
  }

  private void assertHappened(
      String request, String from, String to, Map<String, @Nullable Object> before) {
    Map<String, @Nullable Object> after = new LinkedHashMap<>(before);
    after.put("status", status(to));
    after.put("enabled", !to.endsWith("-"));
    if (request.equals("restate_other")) {
      after.put("name", "Writer");
      after.put("max_concurrent_tasks", 2);
      after.put("capabilities", List.of("tts"));
    }
    after.put("updated_at", NOW);
    assertThat(agent.fields()).isEqualTo(after);
    assertThat(Appended.to(log)).hasSize(1);
    Appended event = Appended.to(log).getFirst();
    after.entrySet().removeIf(e -> Objects.equals(before.get(e.getKey()), e.getValue()));
    assertThat(new HashMap<>(event.changes())).isEqualTo(new HashMap<>(after));
    assertThat(event.occurred().status()).isEqualTo(EventStatus.SUCCESS);
    boolean sameStatus = status(from) == status(to);
    assertThat(event.type())
        .isEqualTo(
            from.startsWith("deregistered")
                ? EventType.AGENT_REGISTERED
                : request.equals("deregister")
                    ? EventType.AGENT_DEREGISTERED
                    : sameStatus ? EventType.AGENT_UPDATED : EventType.AGENT_STATUS_CHANGED);
    assertThat(new HashMap<>(event.occurred().details()))
        .isEqualTo(details(request, status(from), status(to), event.type()));
  }

  private static Map<String, ?> details(
      String request, AgentStatus from, AgentStatus to, EventType type) {
    Map<String, Object> details = new HashMap<>();
    if (type == EventType.AGENT_STATUS_CHANGED) {
      details.put("from", from);
      details.put("to", to);
    }
    if (request.equals("expire")) {
      details.put("reason", "LEASE_EXPIRED");
      details.put("last_seen", THEN);
    } else if (request.equals("deregister")) {
      details.put("reason", "Replaced.");
    }
    return details;
  }

  private static AgentStatus status(String state) {
    return AgentStatus.valueOf(state.replace("-", "").toUpperCase(Locale.ROOT));
  }
}
