package io.agentorchestrator.rest;

import java.util.Optional;
import org.springframework.http.HttpMethod;
import org.springframework.http.ProblemDetail;
import org.springframework.http.server.PathContainer;

/**
 * What to send in place of a write over REST. An interface because whoever knows of commands knows
 * this package, and not the other way round.
 */
@FunctionalInterface
public interface WriteAdvice {

  /**
   * Finds what answers a write, of status 405.
   *
   * @param path within the application
   * @return empty where the method writes nothing, or nobody ever wrote there
   */
  Optional<ProblemDetail> of(HttpMethod method, PathContainer path);
}
