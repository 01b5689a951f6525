package io.agentorchestrator.database;

import io.agentorchestrator.sqlstate.SqlStates;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.ModelAndView;

/**
 * Counts the requests that failed at the database, before anybody makes an answer of the failure.
 */
@Component
class FailedReads implements HandlerExceptionResolver, Ordered {

  private final MeterRegistry registry;

  FailedReads(MeterRegistry registry) {
    this.registry = registry;
  }

  /** Before all who answer: who does is the last to be asked. */
  @Override
  public int getOrder() {
    return HIGHEST_PRECEDENCE;
  }

  /** Returns null, to leave the answer to the others. */
  @Override
  public @Nullable ModelAndView resolveException(
      HttpServletRequest request,
      HttpServletResponse response,
      @Nullable Object handler,
      Exception failure) {
    SqlStates.count(failure, registry);
    return null;
  }
}
