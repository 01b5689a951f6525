package io.agentorchestrator.cli;

import java.util.Map;
import java.util.stream.Stream;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.kafka.autoconfigure.KafkaAutoConfiguration;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.kafka.core.KafkaAdmin;
import org.springframework.kafka.core.ProducerFactory;

/**
 * What Kafka's clients are told, as Spring Boot reads it from {@code spring.kafka.*}.
 *
 * @param admin for admin clients
 * @param consumer for consumers
 * @param producer for producers
 */
record KafkaSettings(
    Map<String, Object> admin, Map<String, Object> consumer, Map<String, Object> producer) {

  static KafkaSettings of(ConfigurableEnvironment environment) {
    KafkaProperties properties =
        Binder.get(environment).bindOrCreate("spring.kafka", KafkaProperties.class);
    return needsBeans(properties)
        ? fromBeans(environment)
        : new KafkaSettings(
            properties.buildAdminProperties(),
            properties.buildConsumerProperties(),
            properties.buildProducerProperties());
  }

  /** Certificates by the name of a bundle, and JAAS by settings, are put in place by beans. */
  private static boolean needsBeans(KafkaProperties properties) {
    return properties.getJaas().isEnabled()
        || Stream.of(
                properties.getSsl(),
                properties.getAdmin().getSsl(),
                properties.getConsumer().getSsl(),
                properties.getProducer().getSsl())
            .anyMatch(ssl -> ssl.getBundle() != null);
  }

  private static KafkaSettings fromBeans(ConfigurableEnvironment environment) {
    try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
      context.setEnvironment(environment);
      context.register(SslAutoConfiguration.class, KafkaAutoConfiguration.class);
      context.refresh();
      ConsumerFactory<?, ?> consumers = context.getBean(ConsumerFactory.class);
      ProducerFactory<?, ?> producers = context.getBean(ProducerFactory.class);
      return new KafkaSettings(
          context.getBean(KafkaAdmin.class).getConfigurationProperties(),
          consumers.getConfigurationProperties(),
          producers.getConfigurationProperties());
    }
  }
}
