package io.agentorchestrator.database;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the settings say of a database, for whoever checks it before anybody connects. */
public final class DatabaseAddress {

  private final String variable;
  private final DatabaseUrl url;

  private DatabaseAddress(String variable, String url) {
    this.variable = variable;
    this.url = DatabaseUrl.parse(variable, url);
  }

  /**
   * Returns that of the database and, where there are such, those of the owner, of the relay and of
   * the replica for reads.
   *
   * @throws IllegalArgumentException if one has another form; the message names the variable and
   *     the part, and never the password
   */
  public static List<DatabaseAddress> all(DatabaseProperties properties) {
    List<DatabaseAddress> all = new ArrayList<>();
    all.add(new DatabaseAddress("DATABASE_URL", properties.url()));
    add("DATABASE_MIGRATION_URL", properties.migrationUrl(), all);
    add("DATABASE_RELAY_URL", properties.relayUrl(), all);
    add("DATABASE_READ_URL", properties.readUrl(), all);
    return all;
  }

  private static void add(String variable, @Nullable String url, List<DatabaseAddress> all) {
    if (url != null && !url.isBlank()) {
      all.add(new DatabaseAddress(variable, url));
    }
  }

  /** Where it was set. */
  public String variable() {
    return variable;
  }

  /** The password, or null where the URL has none. */
  public @Nullable String password() {
    return url.password();
  }

  /** A parameter of the driver's as it is given to it, or null where the URL has none such. */
  public @Nullable String parameter(String name) {
    return url.parameter(name);
  }

  /** Leaves out what may be secret. */
  @Override
  public String toString() {
    return variable + " " + url;
  }
}
