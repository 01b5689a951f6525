package io.agentorchestrator.production;

import io.agentorchestrator.database.DatabaseAddress;
import io.agentorchestrator.database.DatabaseProperties;
import java.util.ArrayList;
import java.util.List;

/**
 * What is wrong with how PostgreSQL would be talked to. Nothing less than {@code verify-full} will
 * do: {@code require} encrypts, but to whoever answers.
 */
final class DatabaseSecurity {

  private static final String VERIFIED = "verify-full";

  private DatabaseSecurity() {}

  /** Returns what is wrong, each with what to set. */
  static List<String> problems(DatabaseProperties properties) {
    List<String> problems = new ArrayList<>();
    try {
      for (DatabaseAddress address : DatabaseAddress.all(properties)) {
        check(address, problems);
      }
    } catch (IllegalArgumentException e) {
      problems.add(
          String.valueOf(e.getMessage())); // It names the variable and the part, and no password.
    }
    return problems;
  }

  private static void check(DatabaseAddress address, List<String> problems) {
    String mode = address.parameter("sslmode");
    if (!VERIFIED.equals(mode)) {
      problems.add(
          ("%s: %s; add sslmode=verify-full, and sslrootcert=FILE with the certificates that vouch"
                  + " for the server")
              .formatted(
                  address.variable(),
                  mode == null
                      ? "it has no sslmode, so the driver would do without TLS"
                      : "sslmode=%s does not prove who the server is".formatted(mode)));
    }
    String factory = address.parameter("sslfactory");
    if (factory != null && factory.endsWith("NonValidatingFactory")) {
      problems.add(
          "%s: sslfactory=%s takes any certificate; leave it out"
              .formatted(address.variable(), factory));
    }
    if (WellKnownPasswords.contain(address.password())) {
      problems.add(
          "%s: its password is one that everybody knows; set another"
              .formatted(address.variable()));
    }
  }
}
