package io.agentorchestrator.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.agentorchestrator.local.Servers.Infrastructure;
import org.junit.jupiter.api.Test;

class ServersTest {

  @Test
  void takesTheInfrastructureAskedFor() {
    assertThat(Servers.infrastructure("containers")).isEqualTo(Infrastructure.CONTAINERS);
    assertThat(Servers.infrastructure("embedded")).isEqualTo(Infrastructure.EMBEDDED);
  }

  @Test
  void refusesAnInfrastructureItDoesNotKnow() {
    assertThatThrownBy(() -> Servers.infrastructure("docker"))
        .hasMessage("-Dorchestrator.infrastructure=docker is neither containers nor embedded.");
  }
}
