package io.agentorchestrator.production;

import io.agentorchestrator.database.DatabaseProperties;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.context.EnvironmentAware;
import org.springframework.context.annotation.Profile;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/**
 * Refuses to start with settings that are meant for a developer's machine. It looks before there
 * are beans: nothing has been connected to, no port is open, and no password went over the network
 * in the clear.
 */
@Component
@Profile(ProductionGuard.PROFILE)
class ProductionGuard implements BeanFactoryPostProcessor, EnvironmentAware {

  static final String PROFILE = "production";

  private static final String SECURITY_MODE = "orchestrator.security.mode";
  private static final String NONE = "none";

  private @Nullable Environment environment;

  @Override
  public void setEnvironment(Environment environment) {
    this.environment = environment;
  }

  @Override
  public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
    List<String> problems = problems(Objects.requireNonNull(environment));
    if (!problems.isEmpty()) {
      throw new InsecureProductionException(problems);
    }
  }

  /** Returns all that is wrong, each with what to set. */
  static List<String> problems(Environment environment) {
    Binder binder = Binder.get(environment);
    List<String> problems = new ArrayList<>();
    problems.addAll(
        KafkaSecurity.problems(binder.bindOrCreate("spring.kafka", KafkaProperties.class)));
    problems.addAll(
        DatabaseSecurity.problems(
            binder.bindOrCreate("orchestrator.database", DatabaseProperties.class)));
    if (environment.getProperty(SECURITY_MODE, NONE).strip().equalsIgnoreCase(NONE)) {
      problems.add(
          SECURITY_MODE + ": it is none, so anybody may read all there is; set api-key or jwt");
    }
    return problems;
  }
}
