package io.agentorchestrator.local;

import io.agentorchestrator.AgentOrchestratorApplication;
import java.net.URI;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** A worker in this JVM. */
public final class LocalWorker implements AutoCloseable {

  private static final List<String> AT_REST =
      List.of(
          "--orchestrator.relay.enabled=false",
          "--orchestrator.dispatch.enabled=false",
          "--orchestrator.timers.enabled=false");

  private final ConfigurableApplicationContext context;

  private LocalWorker(ConfigurableApplicationContext context) {
    this.context = context;
  }

  /**
   * Starts a worker.
   *
   * @param more settings besides the site's, such as {@code --orchestrator.relay.enabled=false}
   */
  public static LocalWorker start(Site site, String... more) {
    return start(site, application -> {}, more);
  }

  /** Likewise, with something changed about the application before. */
  public static LocalWorker start(Site site, Consumer<SpringApplication> change, String... more) {
    return start(change, site.settings(more));
  }

  /** Starts one that changes nothing of its own accord: without relay, dispatch and timers. */
  public static LocalWorker startAtRest(Site site, String... more) {
    return startAtRest(site, application -> {}, more);
  }

  /** Likewise, with something changed about the application before. */
  public static LocalWorker startAtRest(
      Site site, Consumer<SpringApplication> change, String... more) {
    return start(
        site, change, Stream.concat(AT_REST.stream(), Stream.of(more)).toArray(String[]::new));
  }

  /** Starts a worker at no site: the settings say where everything is. */
  public static LocalWorker start(List<String> settings) {
    return start(application -> {}, settings);
  }

  /** Likewise, with something changed about the application before. */
  public static LocalWorker start(Consumer<SpringApplication> change, List<String> settings) {
    SpringApplication application = new SpringApplication(AgentOrchestratorApplication.class);
    change.accept(application);
    application.setRegisterShutdownHook(true);
    return new LocalWorker(application.run(settings.toArray(String[]::new)));
  }

  /** Where its reads are. */
  public URI rest() {
    return uri("local.server.port");
  }

  /** Where its actuator is. */
  public URI management() {
    return uri("local.management.port");
  }

  /** One of its beans. */
  public <T> T bean(Class<T> type) {
    return context.getBean(type);
  }

  private URI uri(String property) {
    return URI.create("http://127.0.0.1:" + context.getEnvironment().getProperty(property));
  }

  @Override
  public void close() {
    context.close();
  }
}
