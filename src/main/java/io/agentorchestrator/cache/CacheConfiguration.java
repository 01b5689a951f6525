package io.agentorchestrator.cache;

import io.agentorchestrator.database.DatabaseProperties;
import io.agentorchestrator.topics.TopicProperties;
import io.agentorchestrator.topics.WallClockSteps;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Objects;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.util.StringUtils;

/** What there is only where there is a cache. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(CacheProperties.class)
class CacheConfiguration {

  /** The cache, and who keeps it from growing old unnoticed. */
  @Configuration(proxyBeanMethods = false)
  @Conditional(HasCache.class)
  static class Cache {

    @Bean
    CachedEntities cachedEntities(
        CacheProperties properties, DatabaseProperties database, MeterRegistry meters) {
      return new CachedEntities(
          Objects.requireNonNull(properties.redisUrl()),
          properties,
          Duration.ofSeconds(2L * database.timeouts().socket() + database.maxReplicaLag()),
          meters);
    }

    @Bean
    LogFollower logFollower(
        CachedEntities entities,
        TopicProperties topics,
        ConsumerFactory<?, ?> consumers,
        WallClockSteps clock) {
      return new LogFollower(entities, topics.log(), consumers.getConfigurationProperties(), clock);
    }
  }

  static final class HasCache implements Condition {

    @Override
    public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
      Environment settings = context.getEnvironment();
      return settings.getProperty("orchestrator.cache.enabled", Boolean.class, true)
          && StringUtils.hasText(settings.getProperty("orchestrator.cache.redis-url"));
    }
  }
}
