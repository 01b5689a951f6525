package io.agentorchestrator.stream;

import io.micrometer.observation.ObservationPredicate;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.server.observation.ServerRequestObservationContext;

/** The stream's settings, and its part in what is observed. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(StreamProperties.class)
class StreamConfiguration {

  /** A stream takes hours, and is no slow request. It has metrics of its own. */
  @Bean
  ObservationPredicate streamIsNoRequest() {
    return (name, context) ->
        !(context instanceof ServerRequestObservationContext request
            && request.getCarrier() != null
            && StreamController.PATH.equals(request.getCarrier().getRequestURI()));
  }
}
