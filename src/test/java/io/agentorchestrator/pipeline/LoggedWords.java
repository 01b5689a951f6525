package io.agentorchestrator.pipeline;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/**
 * Listens for what an attacker said, in all that the worker logs, as it stands in the log, and for
 * warnings: whoever can have one written for each request can hide among them.
 */
final class LoggedWords implements AutoCloseable {

  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private final List<String> warnings = new CopyOnWriteArrayList<>();
  private final PatternLayout layout = new PatternLayout();
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          String text = layout.doLayout(event);
          if (text.contains(Attack.MARK)) {
            heard.add(text);
          }
          if (event.getLevel().isGreaterOrEqual(Level.WARN)) {
            warnings.add(text);
          }
        }
      };

  /**
   * Listens from now on. A worker that starts later puts an end to that.
   *
   * @param pattern how lines are laid out
   */
  LoggedWords(String pattern) {
    layout.setContext(root.getLoggerContext());
    layout.setPattern(pattern);
    layout.start();
    appender.setContext(root.getLoggerContext());
    appender.start();
    root.addAppender(appender);
  }

  /** What was logged of the attacker's words. */
  List<String> heard() {
    return heard;
  }

  /** What was logged as a warning, or worse. */
  List<String> warnings() {
    return warnings;
  }

  @Override
  public void close() {
    root.detachAppender(appender);
  }
}
