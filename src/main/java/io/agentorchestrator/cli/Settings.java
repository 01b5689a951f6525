package io.agentorchestrator.cli;

import io.agentorchestrator.database.DatabaseConnector;
import io.agentorchestrator.database.DatabaseProperties;
import io.agentorchestrator.schema.Migrations;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.validation.ValidationBindHandler;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.SimpleCommandLinePropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.validation.beanvalidation.LocalValidatorFactoryBean;

/**
 * The worker's settings for a command that starts no worker: read from the same sources in the same
 * order, at the first question, but without an application context, which would take longer than
 * the command. So a command run with the worker's environment talks to the worker's servers as the
 * worker does.
 *
 * <p>Where a setting is wrong, each method throws Spring's exception about it, which {@link
 * FailureReport} turns into a sentence.
 */
final class Settings implements AutoCloseable {

  private final String[] arguments;
  private @Nullable ConfigurableEnvironment environment;
  private @Nullable LocalValidatorFactoryBean validator;
  private @Nullable KafkaSettings kafka;

  private Settings(String[] arguments) {
    this.arguments = arguments;
  }

  /**
   * Takes the settings of the command's own arguments; nothing is read yet.
   *
   * @param arguments settings alone, {@code --name=value}
   */
  static Settings of(String... arguments) {
    return new Settings(arguments);
  }

  /**
   * Returns a record of settings, validated.
   *
   * @param properties a record with {@link ConfigurationProperties}
   */
  <T> T get(Class<T> properties) {
    return bind(properties, new ValidationBindHandler(validator()));
  }

  /**
   * Likewise, with its bounds unchecked: they are the worker's, and checking them takes longer than
   * reading all else. For a command that only takes names from the record.
   */
  <T> T read(Class<T> properties) {
    return bind(properties, BindHandler.DEFAULT);
  }

  private <T> T bind(Class<T> properties, BindHandler handler) {
    ConfigurationProperties annotation =
        Objects.requireNonNull(
            AnnotatedElementUtils.findMergedAnnotation(properties, ConfigurationProperties.class),
            () -> properties + " is no record of settings");
    return Binder.get(environment())
        .bindOrCreate(annotation.prefix(), Bindable.of(properties), handler);
  }

  /** How the worker's admin clients reach Kafka. */
  Map<String, Object> kafkaAdmin() {
    return new HashMap<>(kafka().admin());
  }

  /** How the worker's consumers do: committed records only, keys and values as bytes, no group. */
  Map<String, Object> kafkaConsumer() {
    return new HashMap<>(kafka().consumer());
  }

  /** How the worker's producers do: keys and values as bytes, acknowledged by all replicas. */
  Map<String, Object> kafkaProducer() {
    return new HashMap<>(kafka().producer());
  }

  /** Where the worker's database is, by the login that owns it: an operator's commands repair. */
  JdbcConnectionDetails database() {
    return connector().details();
  }

  /**
   * Opens one connection to the database, with the limits in time that the worker's have.
   *
   * @throws SQLException if PostgreSQL refuses, or cannot be reached within 5 s
   */
  Connection connect() throws SQLException {
    return connector().connect("agent-orchestrator cli");
  }

  /** The worker's migrations; to be closed. */
  Migrations migrations() {
    return Migrations.of(environment(), connector());
  }

  private DatabaseConnector connector() {
    DatabaseProperties properties = get(DatabaseProperties.class);
    try {
      return DatabaseConnector.ofOwner(properties);
    } catch (IllegalArgumentException e) {
      throw new RefusedException(e.getMessage());
    }
  }

  private KafkaSettings kafka() {
    KafkaSettings read = kafka;
    if (read == null) {
      read = KafkaSettings.of(environment());
      kafka = read;
    }
    return read;
  }

  private ConfigurableEnvironment environment() {
    ConfigurableEnvironment read = environment;
    if (read == null) {
      read = new StandardEnvironment();
      read.getPropertySources().addFirst(new SimpleCommandLinePropertySource(arguments));
      ConfigurationPropertySources.attach(read);
      ConfigDataEnvironmentPostProcessor.applyTo(read);
      environment = read;
    }
    return read;
  }

  private LocalValidatorFactoryBean validator() {
    LocalValidatorFactoryBean made = validator;
    if (made == null) {
      made = new LocalValidatorFactoryBean();
      made.afterPropertiesSet();
      validator = made;
    }
    return made;
  }

  @Override
  public void close() {
    if (validator != null) {
      validator.destroy();
    }
  }
}
