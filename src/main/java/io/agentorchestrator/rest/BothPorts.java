package io.agentorchestrator.rest;

import org.apache.catalina.core.StandardHost;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.tomcat.ConfigurableTomcatWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;

/**
 * What holds for the web servers of both ports. It is found as a part of the application for the
 * one, and named in {@code META-INF/spring} for the other.
 */
@ManagementContextConfiguration(proxyBeanMethods = false)
class BothPorts {

  /**
   * Answers with problem details where no handler is reached, such as for a request line that
   * cannot be read.
   */
  @Bean
  WebServerFactoryCustomizer<ConfigurableTomcatWebServerFactory> answersOfTheServer() {
    return factory ->
        factory.addContextCustomizers(
            context -> {
              if (context.getParent() instanceof StandardHost host) {
                host.setErrorReportValveClass(ProblemReportValve.class.getName());
              }
            });
  }

  @Bean
  FilterRegistrationBean<UnheededHeaders> unheededHeaders() {
    FilterRegistrationBean<UnheededHeaders> registration =
        new FilterRegistrationBean<>(new UnheededHeaders());
    registration.setOrder(Ordered.HIGHEST_PRECEDENCE);
    return registration;
  }
}
