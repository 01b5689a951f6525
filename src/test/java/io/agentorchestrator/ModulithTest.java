package io.agentorchestrator;

import org.junit.jupiter.api.Test;
import org.springframework.modulith.core.ApplicationModules;

/** Holds the packages to the order in which they may use each other. */
class ModulithTest {

  @Test
  void modulesUseOnlyWhatTheyMay() {
    ApplicationModules.of(AgentOrchestratorApplication.class).verify();
  }
}
