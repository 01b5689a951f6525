package io.agentorchestrator.shutdown;

import static org.springframework.context.SmartLifecycle.DEFAULT_PHASE;

import org.springframework.boot.kafka.autoconfigure.DefaultKafkaProducerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.DefaultLifecycleProcessor;

/** Holds the parts of the application's stop to the {@link ShutdownBudget}. */
@Configuration(proxyBeanMethods = false)
class ShutdownConfiguration {

  /**
   * In place of Spring Boot's, which would give each of the phases the same time. Those without one
   * of their own take a moment, but for the web server's, in which it waits for reads.
   */
  @Bean
  static DefaultLifecycleProcessor lifecycleProcessor() {
    DefaultLifecycleProcessor processor = new DefaultLifecycleProcessor();
    processor.setTimeoutPerShutdownPhase(ShutdownBudget.READS.toMillis());
    processor.setTimeoutForShutdownPhase(DEFAULT_PHASE, ShutdownBudget.WORK.toMillis());
    return processor;
  }

  @Bean
  static DefaultKafkaProducerFactoryCustomizer boundedClose() {
    return producers ->
        producers.setPhysicalCloseTimeout((int) ShutdownBudget.PRODUCER.toSeconds());
  }
}
