package io.agentorchestrator.log;

import io.agentorchestrator.topics.TopicProperties;
import io.agentorchestrator.topics.TopicSetup;
import io.agentorchestrator.topics.WallClockSteps;
import java.time.InstantSource;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.kafka.core.KafkaAdmin;

/** Puts the relay together from the connections the application has. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({LogProperties.class, RelayProperties.class})
class RelayConfiguration {

  @Bean
  LogRelay logRelay(
      RelayProperties properties,
      @Qualifier("relayConnection") JdbcConnectionDetails database,
      TopicProperties topics,
      TopicSetup topicSetup,
      KafkaAdmin kafka,
      RelayMetrics metrics,
      InstantSource clock,
      WallClockSteps steps) {
    return new LogRelay(
        properties,
        RelayDatabase.of(database),
        topics,
        topicSetup,
        kafka.getConfigurationProperties(),
        metrics,
        clock,
        steps);
  }
}
