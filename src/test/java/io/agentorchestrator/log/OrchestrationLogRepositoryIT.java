package io.agentorchestrator.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.rest.Reading;
import java.util.List;
import org.junit.jupiter.api.Test;

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
}
