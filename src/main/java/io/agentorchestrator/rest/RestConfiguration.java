package io.agentorchestrator.rest;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;

/** What becomes of whole answers. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(DocumentationProperties.class)
class RestConfiguration {

  @Bean
  AnswerBudget answerBudget() {
    return new AnswerBudget();
  }

  /** Around all that holds an answer back. */
  @Bean
  FilterRegistrationBean<AnswerBudget> answerBudgetFilter(AnswerBudget budget) {
    FilterRegistrationBean<AnswerBudget> registration = new FilterRegistrationBean<>(budget);
    registration.addUrlPatterns("/api/*");
    registration.setOrder(Ordered.LOWEST_PRECEDENCE - 1);
    return registration;
  }

  @Bean
  FilterRegistrationBean<ResourceTags> resourceTags() {
    FilterRegistrationBean<ResourceTags> registration =
        new FilterRegistrationBean<>(new ResourceTags());
    registration.addUrlPatterns(
        "/api/v2/agents/*", "/api/v2/tasks/*", "/api/v2/workflows/*", "/api/v1/tasks/*");
    return registration;
  }
}
