package io.agentorchestrator.database;

import io.agentorchestrator.rest.Problem;
import io.agentorchestrator.rest.QueryParameters;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/**
 * Tells whoever asked for too much which filters that were: each alone finds its rows in an index,
 * but some of them together, or a rare value of an array, may have PostgreSQL look through
 * millions. Where PostgreSQL itself is slow now, that is the reason.
 */
@RestControllerAdvice
@Order(Ordered.HIGHEST_PRECEDENCE)
class SlowReads {

  private final DatabaseProbe probe;
  private final int seconds;

  SlowReads(DatabaseProbe probe, DatabaseProperties properties) {
    this.probe = probe;
    this.seconds = properties.timeouts().read();
  }

  @ExceptionHandler({
    QueryTimeoutException.class,
    jakarta.persistence.QueryTimeoutException.class,
    org.hibernate.QueryTimeoutException.class
  })
  ErrorResponse tooSlow(HttpServletRequest request) {
    List<String> filters = QueryParameters.filters(request);
    return filters.isEmpty() || probe.answer().isSlow()
        ? Problem.databaseAway()
        : Problem.tooSlow(filters, seconds);
  }
}
