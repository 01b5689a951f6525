package io.agentorchestrator.database;

import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pool that nobody waits long for to close. By itself it would wait until a connection that is
 * being opened is there, so with a server that hangs as long as a command may wait for one.
 */
final class BoundedPool extends HikariDataSource {

  private static final Logger LOG = LoggerFactory.getLogger(BoundedPool.class);

  private final Duration patience;

  /**
   * Makes one.
   *
   * @param patience how long its closing may keep others waiting
   */
  BoundedPool(Duration patience) {
    this.patience = patience;
  }

  @Override
  public void close() {
    Thread closing =
        Thread.ofPlatform().daemon().name(getPoolName() + "-close").start(super::close);
    try {
      if (!closing.join(patience)) {
        LOG.atWarn()
            .addKeyValue("pool", getPoolName())
            .log("The pool cannot be closed in time; its connections end with the process");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
