package io.agentorchestrator.database;

import io.agentorchestrator.rest.MinPosition;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.OptionalLong;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.datasource.AbstractDataSource;

/**
 * Gives connections to whoever asks: to a transaction that only reads from the reads' own pools, so
 * that slow reads take nothing from commands; to all others from the commands'.
 *
 * <p>Where there is a replica, reads go to it while it is near enough behind and, of a read that
 * asks for {@code min_position}, while it shows that entry; else to the primary.
 */
final class ReadRoute extends AbstractDataSource {

  private static final String SHOWS =
      "SELECT EXISTS (SELECT FROM orchestration_log WHERE position = ?)";

  private static final ThreadLocal<Boolean> READING = ThreadLocal.withInitial(() -> Boolean.FALSE);

  private final DataSource commands;
  private final ReadBreaker reads;
  private final @Nullable Replica replica;

  /**
   * A replica, and how it is known to be near enough.
   *
   * @param pool connections to it
   * @param watch sees how far behind it is
   */
  record Replica(DataSource pool, ReplicaWatch watch) {}

  ReadRoute(DataSource commands, ReadBreaker reads, @Nullable Replica replica) {
    this.commands = commands;
    this.reads = reads;
    this.replica = replica;
  }

  /** Does something whose connections are for reading, on this thread, or are not. */
  static void reading(boolean reading, Runnable begin) {
    Boolean before = READING.get();
    READING.set(reading);
    try {
      begin.run();
    } finally {
      READING.set(before);
    }
  }

  @Override
  public Connection getConnection() throws SQLException {
    if (!READING.get()) {
      return commands.getConnection();
    }
    Connection connection = replica == null ? null : ofReplica(replica);
    return connection == null ? reads.connection() : connection;
  }

  /** Returns null where the replica will not do; whoever watches it tells why. */
  private static @Nullable Connection ofReplica(Replica replica) {
    if (!replica.watch().isNear()) {
      return null;
    }
    try {
      Connection connection = replica.pool().getConnection();
      if (shows(connection, MinPosition.ofRequest())) {
        return connection;
      }
      connection.close();
    } catch (SQLException e) {
      replica.watch().failed(e);
    }
    return null;
  }

  /** Commits are replayed in order: with this entry, all are there that were committed before. */
  private static boolean shows(Connection connection, OptionalLong position) throws SQLException {
    if (position.isEmpty()) {
      return true;
    }
    try (PreparedStatement query = connection.prepareStatement(SHOWS)) {
      query.setLong(1, position.getAsLong());
      try (ResultSet row = query.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  @Override
  public Connection getConnection(String username, String password) throws SQLException {
    throw new SQLException("Connections are the configured user's only.");
  }

  /** Whoever needs the pool itself, such as metrics, means the commands'. */
  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    return type.isInstance(this) ? type.cast(this) : commands.unwrap(type);
  }

  @Override
  public boolean isWrapperFor(Class<?> type) throws SQLException {
    return type.isInstance(this) || commands.isWrapperFor(type);
  }
}
