package io.agentorchestrator.cli;

import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.lang.reflect.Constructor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The way into the one jar: tells the worker's arguments from a command's, and runs the command.
 *
 * <p>A setting may be given to every command as it is given to the worker, {@code --name=value}. It
 * is told from an option by its name: a setting's has a dot or is in capitals, an option's never.
 */
public final class Cli {

  private static final String WORKER = "serve";

  /** What Spring Boot takes; the two without a value are its own. */
  private static final Predicate<String> SPRING =
      Pattern.compile("--[^=\\s]+=.*|--debug|--trace", Pattern.DOTALL).asMatchPredicate();

  private static final Predicate<String> SETTING =
      Pattern.compile("--(?:[A-Z][A-Z0-9_]*|[^=\\s.]+\\.[^=\\s]+)=.*", Pattern.DOTALL)
          .asMatchPredicate();

  private Cli() {}

  /**
   * Returns the arguments of the worker to start, or empty where a command is meant.
   *
   * @param arguments all there are; the worker is meant by none, by settings alone, and by {@code
   *     serve} with settings alone
   */
  public static Optional<String[]> workerArguments(String... arguments) {
    int first = arguments.length > 0 && arguments[0].equals(WORKER) ? 1 : 0;
    String[] others = Arrays.copyOfRange(arguments, first, arguments.length);
    return Arrays.stream(others).allMatch(SPRING) ? Optional.of(others) : Optional.empty();
  }

  /**
   * Runs a command in a JVM of its own: results go to the standard output, warnings and failures to
   * the standard error.
   *
   * @return the exit code, see {@link Exit}
   */
  public static int execute(String... arguments) {
    CliLogging.setUp();
    return run(writer(System.out), writer(System.err), System.out, arguments);
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, stream.charset());
  }

  /** Runs a command that writes text alone in this JVM, leaving its logging as it is. */
  static int run(PrintWriter out, PrintWriter err, String... arguments) {
    return run(out, err, OutputStream.nullOutputStream(), arguments);
  }

  /**
   * Likewise, any command.
   *
   * @param bytes the same place as {@code out}, for what is no text
   */
  static int run(PrintWriter out, PrintWriter err, OutputStream bytes, String... arguments) {
    List<String> all = List.of(arguments);
    try (Settings settings = Settings.of(all.stream().filter(SETTING).toArray(String[]::new))) {
      return commandLine(settings, bytes)
          .setOut(out)
          .setErr(err)
          .execute(all.stream().filter(SETTING.negate()).toArray(String[]::new));
    }
  }

  /** The whole help would push what is wrong off the screen. */
  private static int reportMisuse(ParameterException misuse, String[] arguments) {
    CommandLine command = misuse.getCommandLine();
    command.getErr().println(misuse.getMessage());
    UnmatchedArgumentException.printSuggestions(misuse, command.getErr());
    command.getErr().printf("See %s --help%n", command.getCommandSpec().qualifiedName());
    return Exit.USAGE;
  }

  /** The commands, each made with what its constructor takes. */
  static CommandLine commandLine(Settings settings, OutputStream bytes) {
    CommandLine.IFactory others = CommandLine.defaultFactory();
    CommandLine.IFactory factory =
        new CommandLine.IFactory() {
          @Override
          public <K> K create(Class<K> type) throws Exception {
            for (Constructor<?> each : type.getDeclaredConstructors()) {
              if (List.of(each.getParameterTypes()).equals(List.of(Settings.class))) {
                return type.cast(each.newInstance(settings));
              }
              if (List.of(each.getParameterTypes())
                  .equals(List.of(Settings.class, OutputStream.class))) {
                return type.cast(each.newInstance(settings, bytes));
              }
            }
            return others.create(type);
          }
        };
    return new CommandLine(AgentOrchestratorCommand.class, factory)
        .setExecutionExceptionHandler(new FailureReport())
        .setParameterExceptionHandler(Cli::reportMisuse)
        .setCaseInsensitiveEnumValuesAllowed(true);
  }
}
