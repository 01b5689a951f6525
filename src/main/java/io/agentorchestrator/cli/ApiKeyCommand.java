package io.agentorchestrator.cli;

import io.agentorchestrator.rest.Scope;
import io.agentorchestrator.security.ApiKeyHash;
import io.agentorchestrator.security.ApiKeyHash.NewApiKey;
import java.io.PrintWriter;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.convert.DurationStyle;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import tools.jackson.databind.json.JsonMapper;

/** Makes a key for a client that reads. */
@Command(
    name = "api-key",
    description = {
      "Makes a key with which a client may read, and what the worker is to know of it.",
      "",
      "The key is printed once and kept nowhere. The worker's settings hold its hash, below"
          + " orchestrator.security.api-keys; a worker takes a new key from its next start on. To"
          + " replace a key, add a second one of the same name, change the client over, and remove"
          + " the first."
    })
final class ApiKeyCommand implements Runnable {

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,100}");
  private static final Duration LONGEST = Duration.ofDays(3650);

  private final InstantSource clock = InstantSource.system();

  @Spec private CommandSpec spec;

  @Option(
      names = "--name",
      required = true,
      description = "Whose key it is: 1 to 100 of letters, digits and . _ -")
  private String name = "";

  @Option(
      names = "--scope",
      required = true,
      split = ",",
      converter = ScopeConverter.class,
      description =
          "What it may read, separated by commas: agents:read, tasks:read, workflows:read,"
              + " log:read, health:read, metrics:read.")
  private List<Scope> scopes = List.of();

  @Option(
      names = "--expires-in",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      description = "For how long it is taken, such as 90d; without it, for ever.")
  private @Nullable Duration expiresIn;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  /** Reads a scope. */
  static final class ScopeConverter implements ITypeConverter<Scope> {
    @Override
    public Scope convert(String value) {
      return Scope.of(value)
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "Expected one of %s, but it is %s"
                          .formatted(
                              Arrays.stream(Scope.values())
                                  .map(Scope::value)
                                  .collect(Collectors.joining(", ")),
                              value)));
    }
  }

  /** Reads a duration. */
  static final class DurationConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String value) {
      try {
        Duration duration = DurationStyle.detectAndParse(value);
        if (duration.isPositive() && duration.compareTo(LONGEST) <= 0) {
          return duration;
        }
      } catch (IllegalArgumentException e) {
        // Refused below.
      }
      throw new TypeConversionException(
          "Expected a duration such as 12h or 90d, at most 3650d, but it is " + value);
    }
  }

  @Override
  public void run() {
    if (!NAME.matcher(name).matches()) {
      throw new ParameterException(
          spec.commandLine(), "--name: Expected 1 to 100 of letters, digits and . _ -");
    }
    NewApiKey made = ApiKeyHash.newKey(new SecureRandom());
    List<String> granted = scopes.stream().distinct().map(Scope::value).toList();
    String end =
        expiresIn == null
            ? null
            : clock.instant().plus(expiresIn).truncatedTo(ChronoUnit.SECONDS).toString();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Map<String, @Nullable Object> object = new LinkedHashMap<>();
      object.put("key", made.key());
      object.put("name", name);
      object.put("hash", made.hash());
      object.put("scopes", granted);
      object.put("expires_at", end);
      out.println(JsonMapper.shared().writeValueAsString(object));
      return;
    }
    out.println("# For the client; it cannot be shown again:");
    out.println(made.key());
    out.println("# For the worker, below orchestrator.security.api-keys:");
    out.println("- name: " + name);
    out.println("  hash: " + made.hash());
    out.println("  scopes: [%s]".formatted(String.join(", ", granted)));
    if (end != null) {
      out.println("  expires-at: " + end);
    }
  }
}
