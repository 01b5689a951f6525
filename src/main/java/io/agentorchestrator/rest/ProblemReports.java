package io.agentorchestrator.rest;

import org.apache.catalina.core.StandardHost;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.tomcat.ConfigurableTomcatWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;

/**
 * Has the web servers of both ports answer with problem details where no handler is reached, such
 * as for a request line that cannot be read. It is found as a part of the application for the one,
 * and named in {@code META-INF/spring} for the other.
 */
@ManagementContextConfiguration(proxyBeanMethods = false)
class ProblemReports {

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
}
