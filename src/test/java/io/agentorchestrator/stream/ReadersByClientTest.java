package io.agentorchestrator.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class ReadersByClientTest {

  private final ReadersByClient readers = new ReadersByClient(3);

  @Test
  void takesInSoManyOfEachClient() {
    for (int i = 0; i < readers.most(); i++) {
      assertThat(readers.enter("name:portal")).isTrue();
    }

    assertThat(readers.enter("name:portal")).isFalse();
    assertThat(readers.enter("name:portal")).isFalse();
    assertThat(readers.enter("address:7f000001")).isTrue();
  }

  @Test
  void takesInAnotherForEachThatLeft() {
    for (int i = 0; i < readers.most(); i++) {
      readers.enter("name:portal");
    }
    readers.leave("name:portal");

    assertThat(readers.enter("name:portal")).isTrue();
    assertThat(readers.enter("name:portal")).isFalse();
  }

  @Test
  void remembersNobodyWhoHasNone() throws Exception {
    try (ExecutorService all = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> visits = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        String client = "name:" + i % 5;
        visits.add(
            all.submit(
                () -> {
                  if (readers.enter(client)) {
                    readers.leave(client);
                  }
                }));
      }
      for (Future<?> each : visits) {
        each.get();
      }
    }

    assertThat(readers.clients()).isZero();
    assertThat(readers.enter("name:0")).isTrue();
    assertThat(readers.clients()).isEqualTo(1);
  }
}
