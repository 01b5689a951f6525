package io.agentorchestrator.production;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.context.ApplicationListener;

/**
 * Listens for a secret in all that is logged while applications start and run, as it stands in the
 * log. It begins where an application has set its logging up, which ends whatever listened before.
 */
final class LoggedSecrets implements ApplicationListener<ApplicationEnvironmentPreparedEvent> {

  private final String secret;
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private final AtomicLong lines = new AtomicLong();
  private final PatternLayout layout = new PatternLayout();
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          lines.incrementAndGet();
          String text = layout.doLayout(event);
          if (text.contains(secret)) {
            heard.add(text);
          }
        }
      };

  /**
   * Listens to nothing yet.
   *
   * @param secret what must not be heard, or the beginning of it
   */
  LoggedSecrets(String secret) {
    this.secret = secret;
  }

  /** Listens to an application that is about to start. */
  void listenTo(SpringApplication application) {
    application.addListeners(this);
  }

  @Override
  public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    layout.setContext(context);
    layout.setPattern(event.getEnvironment().getRequiredProperty("logging.pattern.file"));
    layout.start();
    appender.setContext(context);
    appender.start();
    for (Logger each : context.getLoggerList()) {
      // What these log, the root logger never hears.
      if (each.getName().equals(Logger.ROOT_LOGGER_NAME) || !each.isAdditive()) {
        each.addAppender(appender);
      }
    }
  }

  /** The lines with the secret in them. */
  List<String> heard() {
    return heard;
  }

  /** How many lines there were. */
  long lines() {
    return lines.get();
  }
}
