package io.agentorchestrator.database;

import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads one thing of several: where it cannot be read, it is not known, and the others are. */
final class Attempt {

  private Attempt() {}

  /** A short query. */
  interface Query<T> {

    @Nullable T read() throws SQLException;
  }

  /**
   * Reads it.
   *
   * @param what begins the sentence that is added to the problems if it cannot be read
   * @return null also if that failed
   */
  static <T> @Nullable T read(String what, List<String> problems, Query<T> query) {
    try {
      return query.read();
    } catch (SQLException e) {
      // Neither its message nor its cause is shown: they may name users and hosts.
      problems.add("%s cannot be read (SQLSTATE %s).".formatted(what, e.getSQLState()));
      return null;
    }
  }
}
