package io.agentorchestrator.v1;

import io.agentorchestrator.migration.MigrationProperties;
import io.agentorchestrator.redis.RedisAddress;
import io.agentorchestrator.rest.AnswerBudget;
import jakarta.persistence.EntityManager;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.StringUtils;

/** Where the reads of the service before are answered from, and what they say of themselves. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({V1Properties.class, MigrationProperties.class})
class V1Configuration {

  /** What there is only where they are on. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnBooleanProperty(name = "orchestrator.v1.enabled", matchIfMissing = true)
  static class Reads {

    /** Behind the chain of security, so that it marks what was let in. */
    @Bean
    FilterRegistrationBean<DeprecationHeaders> deprecationHeaders(V1Properties properties) {
      FilterRegistrationBean<DeprecationHeaders> registration =
          new FilterRegistrationBean<>(new DeprecationHeaders(properties));
      registration.addUrlPatterns("/api/v1/*");
      return registration;
    }

    @Bean
    @ConditionalOnProperty(
        name = "orchestrator.v1.source",
        havingValue = "postgresql",
        matchIfMissing = true)
    OldReads databaseReads(EntityManager entityManager, AnswerBudget budget) {
      return new DatabaseReads(entityManager, budget);
    }

    @Bean
    @ConditionalOnProperty(name = "orchestrator.v1.source", havingValue = "redis")
    OldReads storeReads(MigrationProperties migration) {
      if (!StringUtils.hasText(migration.redisUrl())) {
        throw new IllegalStateException(
            "Expected REDIS_URL, for orchestrator.v1.source is redis, but it is not set.");
      }
      return new StoreReads(RedisAddress.parse("REDIS_URL", migration.redisUrl()));
    }
  }
}
