package io.agentorchestrator.tracing;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.context.ApplicationListener;

/** Says whether tracing is on in a process of its own, for its environment to be another. */
final class SwitchProcess {

  private SwitchProcess() {}

  /** Prints it, and ends before there is an application. */
  public static void main(String[] arguments) {
    SpringApplication application = new SpringApplication(SwitchProcess.class);
    application.addListeners(
        (ApplicationListener<ApplicationEnvironmentPreparedEvent>)
            prepared -> {
              System.out.println(
                  "tracing=%s endpoint=%s"
                      .formatted(
                          TracingSwitch.isOn(prepared.getEnvironment()),
                          prepared.getEnvironment().getProperty(TracingSwitch.ENDPOINT)));
              System.exit(0);
            });
    application.run(arguments);
  }
}
