package io.agentorchestrator.log;

import static io.agentorchestrator.rest.Reading.command;
import static io.agentorchestrator.rest.Reading.createTask;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.agentorchestrator.rest.Reading;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class CommandTracesIT {

  private final Reading reading = Reading.shared();
  private final CommandTraces traces = reading.worker().bean(CommandTraces.class);

  @Test
  void tellOfEachCommandOfAnIdNewestFirst() {
    UUID task = UUID.randomUUID();
    ObjectNode create = createTask(task, "task", Map.of());
    String id = create.get("id").stringValue();
    ObjectNode elsewhere = command("task.cancel.v1", UUID.randomUUID(), Map.of());
    elsewhere.put("id", id).put("source", "/elsewhere");
    ObjectNode unknown = createTask(task, "task", Map.of());
    unknown.put("id", id).put("type", "task.bake.v1");
    reading.apply(create, elsewhere);
    reading.apply(unknown);

    assertThat(traces.applied(id, null))
        .extracting(CommandTrace::type, CommandTrace::source)
        .containsExactly(
            tuple("task.cancel.v1", "/elsewhere"), tuple("task.create.v1", Reading.SOURCE));
    assertThat(traces.applied(id, "/elsewhere"))
        .singleElement()
        .satisfies(
            trace -> {
              assertThat(trace.rejection()).contains("NOT_FOUND");
              assertThat(trace.digest()).hasSize(64);
              assertThat(trace.positions()).hasSize(1);
            });
    assertThat(traces.applied(id, Reading.SOURCE).getFirst().rejection()).isNull();
    assertThat(traces.applied(id, "/nowhere")).isEmpty();
    assertThat(traces.deadLetters(id, null))
        .singleElement()
        .satisfies(letter -> assertThat(letter.type()).isEqualTo("task.bake.v1"));
    assertThat(traces.deadLetters(id, "/elsewhere")).isEmpty();
  }
}
