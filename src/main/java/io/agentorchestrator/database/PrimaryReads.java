package io.agentorchestrator.database;

import java.sql.Connection;
import java.sql.SQLException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.AbstractDataSource;
import org.springframework.stereotype.Component;

/**
 * Reads that only the primary may answer, for what a replica would tell too late. They have the
 * reads' connections, wait for them as all reads do, and are refused at once while PostgreSQL is
 * away, see {@link ReadBreaker}.
 */
@Component
public class PrimaryReads {

  private final JdbcClient jdbc;

  PrimaryReads(ReadBreaker reads) {
    this.jdbc = JdbcClient.create(new Primary(reads));
  }

  /** Returns what runs statements there, each in a transaction of its own. */
  public JdbcClient jdbc() {
    return jdbc;
  }

  /** No bean: whoever asks for a data source means the one that routes. */
  private static final class Primary extends AbstractDataSource {

    private final ReadBreaker reads;

    private Primary(ReadBreaker reads) {
      this.reads = reads;
    }

    @Override
    public Connection getConnection() throws SQLException {
      return reads.connection();
    }

    @Override
    public Connection getConnection(String username, String password) throws SQLException {
      throw new SQLException("Connections are the configured user's only.");
    }
  }
}
