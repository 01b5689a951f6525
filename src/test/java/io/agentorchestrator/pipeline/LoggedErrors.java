package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** What the workers of this JVM log at ERROR, which wakes somebody up. */
final class LoggedErrors implements AutoCloseable {

  private final Logger logger = (Logger) LoggerFactory.getLogger("io.agentorchestrator");
  private final List<String> errors = new CopyOnWriteArrayList<>();
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          if (event.getLevel().isGreaterOrEqual(Level.ERROR)) {
            errors.add(event.getLoggerName() + ": " + event.getFormattedMessage());
          }
        }
      };

  /** Listens from now on. A worker that starts later puts an end to that. */
  LoggedErrors() {
    appender.setContext(logger.getLoggerContext());
    appender.start();
    logger.addAppender(appender);
  }

  void assertNone() {
    assertThat(errors).as("logged errors").isEmpty();
  }

  @Override
  public void close() {
    logger.detachAppender(appender);
  }
}
