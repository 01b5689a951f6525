package io.agentorchestrator.cli;

import io.agentorchestrator.log.LogGateClosedException;
import io.agentorchestrator.migration.MigrationRefusedException;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.RetriableException;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.validation.BindValidationException;
import org.springframework.validation.FieldError;
import org.springframework.validation.ObjectError;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Tells why a command failed, in a sentence on the standard error, and ends it with the code that
 * says whose fault it was. Only a defect of ours comes with its stack.
 */
final class FailureReport implements IExecutionExceptionHandler {

  /** PostgreSQL: no connection; or a server that starts, stops or is full. */
  private static final List<String> UNREACHABLE_SQL_STATES = List.of("08", "57P", "53");

  @Override
  public int handleExecutionException(
      Exception failure, CommandLine commandLine, ParseResult parsed) {
    PrintWriter err = commandLine.getErr();
    if (failure instanceof RefusedException
        || failure instanceof MigrationRefusedException
        || failure instanceof LogGateClosedException) {
      err.println(failure.getMessage());
      return Exit.FAILED;
    }
    List<Throwable> chain = chain(failure);
    for (Throwable each : chain) {
      if (each instanceof BindValidationException invalid) {
        invalid
            .getValidationErrors()
            .forEach(
                error ->
                    err.println(
                        sentence(String.valueOf(invalid.getValidationErrors().getName()), error)));
        return Exit.USAGE;
      }
    }
    String reason = chain.getLast().getMessage();
    for (Throwable each : chain) {
      if (each instanceof BindException || each instanceof ConfigException) {
        err.println(
            each.getMessage() + (Objects.equals(each.getMessage(), reason) ? "" : ": " + reason));
        return Exit.USAGE;
      }
      if (each instanceof RetriableException) {
        err.println("Kafka cannot be reached: " + reason);
        return Exit.UNREACHABLE;
      }
      if (each instanceof ApiException) {
        err.println("Kafka refuses: " + reason);
        return Exit.FAILED;
      }
      if (each instanceof JedisConnectionException) {
        err.println("Redis cannot be reached: " + reason);
        return Exit.UNREACHABLE;
      }
      if (each instanceof JedisException) {
        err.println("Redis refuses: " + reason);
        return Exit.FAILED;
      }
      if (each instanceof SQLException sql) {
        boolean unreachable = isUnreachable(sql);
        err.println(
            "PostgreSQL %s: %s"
                .formatted(unreachable ? "cannot be reached" : "refuses", each.getMessage()));
        return unreachable ? Exit.UNREACHABLE : Exit.FAILED;
      }
    }
    failure.printStackTrace(err);
    return Exit.FAILED;
  }

  private static String sentence(String prefix, ObjectError error) {
    return error instanceof FieldError field
        ? "%s.%s: %s, but it is %s"
            .formatted(
                prefix, field.getField(), field.getDefaultMessage(), field.getRejectedValue())
        : prefix + ": " + error.getDefaultMessage();
  }

  private static boolean isUnreachable(SQLException failure) {
    String state = failure.getSQLState();
    return state != null && UNREACHABLE_SQL_STATES.stream().anyMatch(state::startsWith);
  }

  private static List<Throwable> chain(Throwable failure) {
    List<Throwable> chain = new ArrayList<>();
    for (Throwable each = failure; each != null; each = each.getCause()) {
      chain.add(each);
    }
    return chain;
  }
}
