package io.agentorchestrator.services;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Configuration;

/** The settings of what monitors services. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({MonitoredServices.class, MonitoringProperties.class})
class ServicesConfiguration {}
