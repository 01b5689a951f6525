package io.agentorchestrator.database;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.datasource.AbstractDataSource;

/**
 * Opens a pool's connections, and counts those that were opened and those that were closed: what a
 * pool itself tells holds its failed attempts, and nothing of an end.
 */
final class CountedConnections extends AbstractDataSource {

  private final DatabaseConnector database;
  private final String applicationName;
  private final Counter opened;
  private final Counter closed;

  /**
   * Opens none yet.
   *
   * @param pool whose connections these are, for the metrics
   */
  CountedConnections(
      DatabaseConnector database, String applicationName, String pool, MeterRegistry registry) {
    this.database = database;
    this.applicationName = applicationName;
    this.opened = counter(registry, "opened", pool);
    this.closed = counter(registry, "closed", pool);
  }

  private static Counter counter(MeterRegistry registry, String what, String pool) {
    return Counter.builder("orchestrator.connections." + what)
        .description("Connections of a pool that were " + what)
        .tag("pool", pool)
        .register(registry);
  }

  @Override
  public Connection getConnection() throws SQLException {
    Connection connection = database.connectForTransactions(applicationName);
    opened.increment();
    return (Connection)
        Proxy.newProxyInstance(
            CountedConnections.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            new Counted(connection, closed));
  }

  @Override
  public Connection getConnection(String username, String password) throws SQLException {
    throw new SQLException("Connections are the configured user's only.");
  }

  /** The connector bounds it, whatever the pool says. */
  @Override
  public void setLoginTimeout(int seconds) {}

  /** A connection whose end is counted, once. */
  private static final class Counted implements InvocationHandler {

    private final Connection connection;
    private final Counter closed;
    private final AtomicBoolean ended = new AtomicBoolean();

    private Counted(Connection connection, Counter closed) {
      this.connection = connection;
      this.closed = closed;
    }

    @Override
    public @Nullable Object invoke(
        Object proxy, Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
      if (isEnd(method.getName()) && ended.compareAndSet(false, true)) {
        closed.increment();
      }
      try {
        return method.invoke(connection, arguments);
      } catch (InvocationTargetException e) {
        throw e.getCause() == null ? e : e.getCause();
      }
    }

    private static boolean isEnd(String method) {
      return method.equals("close") || method.equals("abort");
    }
  }
}
