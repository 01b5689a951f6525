package io.agentorchestrator.rest;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The description of the reads at {@code /docs}.
 *
 * @param enabled whether {@code /docs} is served; default true
 */
@ConfigurationProperties("orchestrator.docs")
record DocumentationProperties(@DefaultValue("true") boolean enabled) {}
