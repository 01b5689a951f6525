package io.agentorchestrator.commands;

import io.agentorchestrator.tasks.RetryDelay;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Configuration;

/** The settings of the way of a command. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({CommandProperties.class, RetryDelay.class})
class CommandConfiguration {}
