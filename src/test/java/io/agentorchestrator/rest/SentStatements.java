package io.agentorchestrator.rest;

import com.zaxxer.hikari.HikariDataSource;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/**
 * The statements that a worker sends to answer requests, with the values it sends, whoever makes
 * them: it listens below the pools. By a name that each request bears in {@link
 * StatementLog#HEADER}. To be a bean of the worker.
 */
final class SentStatements implements BeanPostProcessor {

  private final Map<String, List<Sent>> statements = new ConcurrentHashMap<>();

  /**
   * A statement that was sent.
   *
   * @param sql its text
   * @param values the calls that set its values
   */
  record Sent(String sql, List<Call> values) {

    /** Has PostgreSQL run the same for these values, and say how it went about it. */
    String plan(Connection connection) throws SQLException, ReflectiveOperationException {
      StringBuilder plan = new StringBuilder();
      try (PreparedStatement explain =
          connection.prepareStatement("EXPLAIN (ANALYZE, BUFFERS OFF) " + sql)) {
        for (Call each : values) {
          each.method().invoke(explain, each.arguments());
        }
        try (ResultSet row = explain.executeQuery()) {
          while (row.next()) {
            plan.append(row.getString(1)).append('\n');
          }
        }
      }
      return plan.toString();
    }
  }

  /** A call of a method of a prepared statement. */
  @SuppressWarnings("ArrayRecordComponent") // As reflection has it.
  record Call(Method method, @Nullable Object[] arguments) {}

  List<Sent> of(String request) {
    return statements.getOrDefault(request, List.of());
  }

  @Override
  public Object postProcessAfterInitialization(Object bean, String name) {
    if (bean instanceof HikariDataSource pool) {
      pool.setDataSource(
          new DelegatingDataSource(pool.getDataSource()) {
            @Override
            public Connection getConnection() throws SQLException {
              return heard(super.getConnection());
            }
          });
    }
    return bean;
  }

  private Connection heard(Connection connection) {
    return proxy(
        Connection.class,
        (proxy, method, arguments) -> {
          Object result = invoke(connection, method, arguments);
          return result instanceof PreparedStatement statement
              ? heard(statement, String.valueOf(arguments[0]))
              : result;
        });
  }

  private PreparedStatement heard(PreparedStatement statement, String sql) {
    List<Call> values = new ArrayList<>();
    return proxy(
        PreparedStatement.class,
        (proxy, method, arguments) -> {
          if (method.getName().equals("executeQuery")) {
            note(new Sent(sql, List.copyOf(values)));
          } else if (arguments != null
              && arguments.length > 1
              && method.getName().startsWith("set")) {
            values.add(new Call(method, arguments));
          }
          return invoke(statement, method, arguments);
        });
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(
        Proxy.newProxyInstance(
            SentStatements.class.getClassLoader(), new Class<?>[] {type}, handler));
  }

  private static @Nullable Object invoke(
      Object heard, Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
    try {
      return method.invoke(heard, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause() == null ? e : e.getCause();
    }
  }

  private void note(Sent sent) {
    if (RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes request) {
      String name = request.getRequest().getHeader(StatementLog.HEADER);
      if (name != null) {
        statements.computeIfAbsent(name, unused -> new CopyOnWriteArrayList<>()).add(sent);
      }
    }
  }
}
