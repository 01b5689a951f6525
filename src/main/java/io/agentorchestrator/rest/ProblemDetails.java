package io.agentorchestrator.rest;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.ServletWebRequest;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.servlet.NoHandlerFoundException;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;
import org.springframework.web.util.DisconnectedClientHelper;
import org.springframework.web.util.ServletRequestPathUtils;

/**
 * Makes every failure of a request a problem detail (RFC 9457). What went wrong inside is told to
 * the log alone: an answer never carries a stack trace, SQL or an exception's message.
 */
@RestControllerAdvice
class ProblemDetails extends ResponseEntityExceptionHandler {

  private static final Logger LOG = LoggerFactory.getLogger(ProblemDetails.class);

  private final WriteAdvice writeAdvice;

  ProblemDetails(WriteAdvice writeAdvice) {
    this.writeAdvice = writeAdvice;
  }

  /** Where a path can be read, writing to it is not allowed. */
  @Override
  protected @Nullable ResponseEntity<Object> handleHttpRequestMethodNotSupported(
      HttpRequestMethodNotSupportedException failure,
      HttpHeaders headers,
      HttpStatusCode status,
      WebRequest request) {
    return notAllowed(failure, advice(request).orElseGet(failure::getBody), request);
  }

  /** Where a path could only ever be written to, it is there for nobody else. */
  @Override
  protected @Nullable ResponseEntity<Object> handleNoHandlerFoundException(
      NoHandlerFoundException failure,
      HttpHeaders headers,
      HttpStatusCode status,
      WebRequest request) {
    Optional<ProblemDetail> advice = advice(request);
    return advice.isPresent()
        ? notAllowed(failure, advice.get(), request)
        : super.handleNoHandlerFoundException(failure, headers, status, request);
  }

  private Optional<ProblemDetail> advice(WebRequest request) {
    HttpServletRequest asked = ((ServletWebRequest) request).getRequest();
    return writeAdvice.of(
        HttpMethod.valueOf(asked.getMethod()),
        ServletRequestPathUtils.parse(asked).pathWithinApplication());
  }

  /** Reading is all there is, so of HEAD, too, which Spring leaves out. */
  private @Nullable ResponseEntity<Object> notAllowed(
      Exception failure, ProblemDetail body, WebRequest request) {
    HttpHeaders headers = new HttpHeaders();
    headers.set(HttpHeaders.ALLOW, "GET, HEAD");
    return handleExceptionInternal(failure, body, headers, HttpStatus.METHOD_NOT_ALLOWED, request);
  }

  @ExceptionHandler
  @Nullable ResponseEntity<Object> handleAnyOther(Exception failure, WebRequest request) {
    HttpHeaders headers = new HttpHeaders();
    if (DatabaseAway.isCauseOf(failure)) {
      ErrorResponseException problem = Problem.databaseAway();
      return handleExceptionInternal(
          failure, problem.getBody(), problem.getHeaders(), problem.getStatusCode(), request);
    }
    if (hasNobodyToTell(failure)) {
      return null;
    }
    LOG.atError()
        .addKeyValue("request", request.getDescription(false))
        .setCause(failure)
        .log("A request failed for a reason of our own");
    return handleExceptionInternal(
        failure,
        ProblemDetail.forStatus(HttpStatus.INTERNAL_SERVER_ERROR),
        headers,
        HttpStatus.INTERNAL_SERVER_ERROR,
        request);
  }

  @Override
  protected @Nullable ResponseEntity<Object> handleExceptionInternal(
      Exception failure,
      @Nullable Object body,
      HttpHeaders headers,
      HttpStatusCode status,
      WebRequest request) {
    if (hasNobodyToTell(failure)) {
      return null;
    }
    HttpHeaders own = new HttpHeaders();
    own.putAll(headers);
    own.setContentType(MediaType.APPLICATION_PROBLEM_JSON);
    return super.handleExceptionInternal(failure, body, own, status, request);
  }

  /** Whether the client went away; a broken connection to the database reads alike. */
  private static boolean hasNobodyToTell(Exception failure) {
    return !DatabaseAway.isCauseOf(failure)
        && DisconnectedClientHelper.isClientDisconnectedException(failure);
  }
}
