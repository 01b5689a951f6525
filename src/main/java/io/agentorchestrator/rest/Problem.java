package io.agentorchestrator.rest;

import java.util.Collection;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponseException;

/** The answers to requests that cannot be answered, as RFC 9457 has them. To be thrown. */
public final class Problem {

  /** Seconds after which it is worth asking again what cannot be answered now. */
  public static final String RETRY_AFTER_SECONDS = "5";

  private Problem() {}

  /**
   * There is nothing under this id.
   *
   * @param what what was looked for, such as {@code agent}
   * @param id the id that was asked for
   */
  public static ErrorResponseException notFound(String what, Object id) {
    return problem(
        ProblemDetail.forStatusAndDetail(
            HttpStatus.NOT_FOUND, "There is no %s %s.".formatted(what, id)));
  }

  /**
   * A parameter cannot be taken as it was given.
   *
   * @param parameter its name
   * @param expected what is allowed, to follow "Expected "
   */
  static ErrorResponseException invalid(String parameter, String expected) {
    ProblemDetail problem =
        ProblemDetail.forStatusAndDetail(
            HttpStatus.BAD_REQUEST, "%s: Expected %s.".formatted(parameter, expected));
    problem.setProperty("parameter", parameter);
    return problem(problem);
  }

  /**
   * So many rows are too much for an answer, and a page that ended early would not be noticed.
   *
   * @param fitting how many would not be, from where this page begins
   */
  public static ErrorResponseException pageTooLarge(int fitting) {
    return invalid(
        PageQuery.LIMIT.name(),
        "at most %d from this offset on, for more rows take over %d MiB"
            .formatted(fitting, Pages.MOST_BYTES >> 20));
  }

  /**
   * What is to be embedded is too much for an answer.
   *
   * @param list the path of the list that has it page by page
   */
  static ErrorResponseException embeddingTooLarge(String list) {
    return invalid(
        Parameter.INCLUDE,
        "what takes at most %d MiB, for there is no next page of it; GET %s has it page by page"
            .formatted(Pages.MOST_EMBEDDED_BYTES >> 20, list));
  }

  /** A parameter is none of those that this path takes. */
  static ErrorResponseException unknown(String parameter, Collection<String> allowed) {
    ProblemDetail problem =
        ProblemDetail.forStatusAndDetail(
            HttpStatus.BAD_REQUEST,
            "%s: There is no such parameter here. Allowed: %s."
                .formatted(parameter, String.join(", ", allowed)));
    problem.setProperty("parameter", parameter);
    problem.setProperty("allowed", allowed);
    return problem(problem);
  }

  /** The query string cannot be read. */
  static ErrorResponseException unreadableQuery() {
    return problem(
        ProblemDetail.forStatusAndDetail(
            HttpStatus.BAD_REQUEST, "The query string is not percent-encoded UTF-8."));
  }

  /** The database cannot answer now. */
  public static ErrorResponseException databaseAway() {
    return unavailable("The database cannot answer now. Nothing is lost; ask again later.");
  }

  /**
   * What was asked for takes too long to be found.
   *
   * @param filters the parameters that select it
   * @param seconds how long it may take
   */
  public static ErrorResponseException tooSlow(Collection<String> filters, long seconds) {
    ProblemDetail detail =
        ProblemDetail.forStatusAndDetail(
            HttpStatus.SERVICE_UNAVAILABLE,
            ("%s: Expected what they select to be found within %d s, but it was not. Ask for fewer"
                    + " of them at once, for a shorter time, or without count.")
                .formatted(String.join(", ", filters), seconds));
    detail.setProperty("filters", filters);
    return retryable(detail);
  }

  /**
   * It cannot be answered now, but later.
   *
   * @param why a sentence that tells what to do
   */
  public static ErrorResponseException unavailable(String why) {
    return retryable(ProblemDetail.forStatusAndDetail(HttpStatus.SERVICE_UNAVAILABLE, why));
  }

  /**
   * The client has more of something than it may.
   *
   * @param why a sentence that tells what to do
   */
  public static ErrorResponseException tooMany(String why) {
    return retryable(ProblemDetail.forStatusAndDetail(HttpStatus.TOO_MANY_REQUESTS, why));
  }

  private static ErrorResponseException retryable(ProblemDetail detail) {
    ErrorResponseException problem = problem(detail);
    problem.getHeaders().set(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
    return problem;
  }

  private static ErrorResponseException problem(ProblemDetail detail) {
    return new ErrorResponseException(HttpStatus.valueOf(detail.getStatus()), detail, null);
  }
}
