package io.agentorchestrator.database;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/**
 * Counts connections that were borrowed for longer than {@link
 * DatabaseProperties#leakDetectionThreshold()}. HikariCP tells of them in its log and nowhere else,
 * so its log is listened to; a test fails where a new version words it differently.
 */
@Component
class ConnectionLeaks extends AppenderBase<ILoggingEvent> implements DisposableBean {

  private static final String LOGGER = "com.zaxxer.hikari.pool.ProxyLeakTask";
  private static final String LEAK = "Connection leak detection triggered";
  private static final String RETURNED = "(unleaked)";

  private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(ConnectionLeaks.class);

  private final Logger logger = (Logger) LoggerFactory.getLogger(LOGGER);
  private final AtomicLong returned = new AtomicLong();
  private final AtomicLong leaked = new AtomicLong();
  private final Counter counter;
  private final CurrentWork work;

  ConnectionLeaks(MeterRegistry meters, CurrentWork work) {
    this.work = work;
    this.counter =
        Counter.builder("orchestrator.connection.leaks")
            .description("Connections borrowed for longer than the leak detection threshold.")
            .register(meters);
    Gauge.builder("orchestrator.connection.leaks.suspected", this, ConnectionLeaks::suspected)
        .description("Connections that are borrowed for longer than that now.")
        .register(meters);
    // That a connection came back after all is told at INFO.
    logger.setLevel(Level.INFO);
    start();
    logger.addAppender(this);
  }

  /** Returns how many connections are overdue now. */
  long suspected() {
    return leaked.get() - returned.get();
  }

  /** Returns how many connections were overdue since the start, those that came back included. */
  long total() {
    return leaked.get();
  }

  @Override
  protected void append(ILoggingEvent event) {
    if (event.getMessage().startsWith(LEAK)) {
      leaked.incrementAndGet();
      counter.increment();
      tellWork(event.getArgumentArray());
    } else if (event.getMessage().endsWith(RETURNED)) {
      returned.incrementAndGet();
    }
  }

  /** HikariCP has told of the connection and the borrower's stack; this tells of its commands. */
  private void tellWork(@Nullable Object @Nullable [] connectionAndThread) {
    if (connectionAndThread != null && connectionAndThread.length >= 2) {
      String thread = String.valueOf(connectionAndThread[1]);
      work.of(thread)
          .ifPresent(
              commands ->
                  LOG.atWarn()
                      .addKeyValue("thread", thread)
                      .addKeyValue("commands", commands)
                      .log("The borrower of the overdue connection is at these commands"));
    }
  }

  @Override
  public void destroy() {
    logger.detachAppender(this);
  }
}
