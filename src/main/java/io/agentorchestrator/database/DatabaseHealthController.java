package io.agentorchestrator.database;

import io.agentorchestrator.database.DatabaseHealth.Report;
import io.agentorchestrator.rest.AllowedParameters;
import io.agentorchestrator.rest.Problem;
import io.agentorchestrator.rest.QueryParameters;
import io.agentorchestrator.rest.Scope;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Map;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /api/v2/health/database}: whole for who may read it; whoever may not, learns up or down.
 */
@RestController
class DatabaseHealthController {

  private static final AllowedParameters PARAMETERS = AllowedParameters.of();

  private final DatabaseHealth health;

  DatabaseHealthController(DatabaseHealth health) {
    this.health = health;
  }

  @GetMapping(path = "/api/v2/health/database", produces = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<?> health(HttpServletRequest request) {
    QueryParameters.of(request, PARAMETERS);
    Report report = health.report();
    ResponseEntity.BodyBuilder answer =
        report.isUnhealthy()
            ? ResponseEntity.status(HttpStatus.SERVICE_UNAVAILABLE)
                .header(HttpHeaders.RETRY_AFTER, Problem.RETRY_AFTER_SECONDS)
            : ResponseEntity.ok();
    return answer
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .body(
            Scope.HEALTH_READ.isGrantedTo(request)
                ? report
                : Map.of("status", report.isUnhealthy() ? "down" : "up"));
  }
}
