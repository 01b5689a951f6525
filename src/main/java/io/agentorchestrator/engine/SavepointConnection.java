package io.agentorchestrator.engine;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import org.jspecify.annotations.Nullable;

/**
 * A view of a connection in a transaction whose own transaction is a savepoint: committing keeps
 * what came since as a part of the outer transaction, rolling back undoes it and nothing else.
 */
final class SavepointConnection implements InvocationHandler {

  private final Connection outer;
  private final Savepoint savepoint;

  private SavepointConnection(Connection outer, Savepoint savepoint) {
    this.outer = outer;
    this.savepoint = savepoint;
  }

  /** Sets a savepoint, and returns the connection that goes no further back. */
  static Connection on(Connection outer) throws SQLException {
    return (Connection)
        Proxy.newProxyInstance(
            SavepointConnection.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            new SavepointConnection(outer, outer.setSavepoint()));
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
      throws Throwable {
    boolean isPlain = arguments == null;
    if (isPlain && method.getName().equals("commit")) {
      outer.releaseSavepoint(savepoint);
      return null;
    } else if (isPlain && method.getName().equals("rollback")) {
      outer.rollback(savepoint);
      outer.releaseSavepoint(savepoint);
      return null;
    } else if (isPlain && method.getName().equals("close")) {
      return null; // It is the outer one's.
    }
    try {
      return method.invoke(outer, arguments);
    } catch (InvocationTargetException e) {
      throw e.getTargetException();
    }
  }
}
