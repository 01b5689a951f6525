package io.agentorchestrator.log;

import static io.agentorchestrator.rest.Reading.command;
import static io.agentorchestrator.rest.Reading.createTask;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.agentorchestrator.rest.Reading;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class OrchestrationLogRepositoryIT {

  private final Reading reading = Reading.shared();
  private final OrchestrationLogRepository repository =
      reading.worker().bean(OrchestrationLogRepository.class);

  @Test
  void drawsAsManyPositionsAsNeededAndEachOnce() {
    List<Long> first = reading.inTransaction(() -> repository.nextPositions(500));
    List<Long> second = reading.inTransaction(() -> repository.nextPositions(1));

    assertThat(first).hasSize(500).isSorted().doesNotHaveDuplicates();
    assertThat(second).singleElement().isNotNull();
    assertThat(second.getFirst()).isGreaterThan(first.getLast());
  }

  @Test
  void findsWhatTheLogSaysOfACommandNewestFirst() {
    UUID task = UUID.randomUUID();
    ObjectNode create = createTask(task, "task", Map.of());
    String id = create.get("id").stringValue();
    ObjectNode elsewhere = command("task.cancel.v1", UUID.randomUUID(), Map.of());
    elsewhere.put("id", id).put("source", "/elsewhere");
    reading.apply(create, elsewhere);

    assertThat(repository.ofCommand(id))
        .extracting(CommandTrace::type, CommandTrace::source, CommandTrace::commandType)
        .containsExactly(
            tuple("command.rejected.v1", "/elsewhere", "task.cancel.v1"),
            tuple("task.created.v1", Reading.SOURCE, "task.create.v1"));
    assertThat(repository.ofCommand(id, "/elsewhere"))
        .singleElement()
        .satisfies(
            trace -> {
              assertThat(trace.rejection()).contains("NOT_FOUND");
              assertThat(trace.digest()).hasSize(64);
            });
    assertThat(repository.ofCommand(id, Reading.SOURCE).getFirst().rejection()).isNull();
    assertThat(repository.ofCommand(id, "/nowhere")).isEmpty();
  }
}
