package io.agentorchestrator.engine;

import io.agentorchestrator.tasks.QueueOrder;
import io.agentorchestrator.tasks.RetryDelay;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Configuration;

/** The settings of what makes the fleet move. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({
  DispatchProperties.class,
  TimerProperties.class,
  QueueOrder.class,
  RetryDelay.class
})
class EngineConfiguration {}
