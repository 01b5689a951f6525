package io.agentorchestrator.production;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Passwords of examples and of this machine's own run, which are no secrets. */
final class WellKnownPasswords {

  private static final Set<String> ALL =
      Set.of(
          "orchestrator",
          "postgres",
          "admin",
          "admin-secret",
          "changeit",
          "changeme",
          "password",
          "secret");

  private WellKnownPasswords() {}

  /** Whether a password is one of them, in any case; none at all is not. */
  static boolean contain(@Nullable String password) {
    return password != null
        && (password.isEmpty() || ALL.contains(password.toLowerCase(Locale.ROOT)));
  }
}
