package io.agentorchestrator.cli;

import io.agentorchestrator.local.Site;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A command that was run in this JVM, with what it said.
 *
 * @param exit its exit code
 * @param out the standard output
 * @param err the standard error
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record CliRun(int exit, byte[] out, String err) {

  /** Runs a command with a site's settings. */
  public static CliRun at(Site site, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(site.settings());
    return of(all);
  }

  /** Runs a command. */
  public static CliRun of(List<String> arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    StringWriter err = new StringWriter();
    int exit =
        Cli.run(
            new PrintWriter(out, true, StandardCharsets.UTF_8),
            new PrintWriter(err, true),
            out,
            arguments.toArray(String[]::new));
    return new CliRun(exit, out.toByteArray(), err.toString());
  }

  /**
   * Runs a command with a site's settings that is looked at while it runs; returns its exit code.
   */
  public static int streamed(Site site, PrintWriter out, List<String> arguments) {
    List<String> all = new ArrayList<>(arguments);
    all.addAll(site.settings());
    return Cli.run(
        out, new PrintWriter(System.err, true, StandardCharsets.UTF_8), all.toArray(String[]::new));
  }

  /** What it said, as text. */
  public String text() {
    return new String(out, StandardCharsets.UTF_8);
  }

  /** What it said, line by line. */
  public List<String> lines() {
    return text().lines().toList();
  }
}
