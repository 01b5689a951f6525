package io.agentorchestrator.production;

import java.util.stream.Collectors;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Tells all that is wrong at once, and no stack. Named in {@code META-INF/spring.factories}. */
class InsecureProductionAnalyzer extends AbstractFailureAnalyzer<InsecureProductionException> {

  @Override
  protected FailureAnalysis analyze(Throwable rootFailure, InsecureProductionException cause) {
    return new FailureAnalysis(
        cause.problems().stream()
            .map(problem -> "    - " + problem)
            .collect(
                Collectors.joining(
                    "\n",
                    "The profile production is active, but the settings are not fit:\n\n",
                    "")),
        "Set what each line says; ops/README.md has more under \"The profile production\". Without"
            + " the profile the worker starts as it is, which is for machines of developers.",
        cause);
  }
}
