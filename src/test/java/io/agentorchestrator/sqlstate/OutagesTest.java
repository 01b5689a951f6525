package io.agentorchestrator.sqlstate;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.transaction.CannotCreateTransactionException;

class OutagesTest {

  @Test
  void tellsOfAServerThatIsAwayInOneLine() {
    SQLException refused = new SQLException("Connection refused.\nAnd more.", "08001");
    SQLException pool = new SQLTransientConnectionException("no connection", refused);

    ILoggingEvent told = told(new CannotCreateTransactionException("pool", pool));

    assertThat(told.getThrowableProxy()).isNull();
    assertThat(told.getKeyValuePairs())
        .singleElement()
        .hasToString("because=\"SQLException (SQLSTATE 08001): Connection refused.\"");
  }

  @Test
  void knowsTheOutagesOfBothServers() {
    assertThat(told(new SQLException("shutting down", "57P01")).getThrowableProxy()).isNull();
    assertThat(told(new SQLException("disk full", "53100")).getThrowableProxy()).isNull();
    assertThat(told(new SQLException("Connection is closed")).getThrowableProxy()).isNull();
    assertThat(told(new TimeoutException("no broker")).getThrowableProxy()).isNull();
  }

  @Test
  void keepsTheStackTraceOfEverythingElse() {
    SQLException tooLong = new SQLException("value too long", "22001");

    assertThat(told(new DataIntegrityViolationException("row", tooLong)).getThrowableProxy())
        .isNotNull();
    assertThat(told(new IllegalStateException("defect")).getThrowableProxy()).isNotNull();
  }

  private static ILoggingEvent told(Throwable failure) {
    Logger logger = (Logger) LoggerFactory.getLogger(OutagesTest.class);
    logger.setAdditive(false);
    ListAppender<ILoggingEvent> appender = new ListAppender<>();
    appender.start();
    logger.addAppender(appender);
    try {
      Outages.explain(logger.atError(), failure).log("Failed");
    } finally {
      logger.detachAppender(appender);
    }
    return appender.list.getFirst();
  }
}
