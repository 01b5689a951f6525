package io.agentorchestrator.tracing;

import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.context.ApplicationListener;

/**
 * Says whether tracing is on in a process of its own, for its environment to be another, and ends
 * it before there is an application. Of no effect unless the process is told to.
 */
final class SwitchTeller implements ApplicationListener<ApplicationEnvironmentPreparedEvent> {

  /** The system property that tells a process to. */
  static final String WANTED = "orchestrator.tests.tell-tracing";

  @Override
  public void onApplicationEvent(ApplicationEnvironmentPreparedEvent prepared) {
    if (Boolean.getBoolean(WANTED)) {
      System.out.printf(
          "tracing=%s endpoint=%s%n",
          TracingSwitch.isOn(prepared.getEnvironment()),
          prepared.getEnvironment().getProperty(TracingSwitch.ENDPOINT));
      System.exit(0);
    }
  }
}
