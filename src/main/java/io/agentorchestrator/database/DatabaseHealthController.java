package io.agentorchestrator.database;

import io.agentorchestrator.database.DatabaseHealth.Report;
import io.agentorchestrator.rest.Operation;
import io.agentorchestrator.rest.Problem;
import io.agentorchestrator.rest.QueryParameters;
import io.agentorchestrator.rest.Scope;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.servlet.http.HttpServletRequest;
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

  private static final Operation READ =
      Operation.of(
              "getDatabaseHealth",
              "Tells how the database is, within 2 s whatever is broken.",
              Operation.Answer.of("Healthy or degraded.", Report.class)
                  .orUnavailable("Unhealthy.")
                  .inFullFor(Scope.HEALTH_READ, UpOrDown.class))
          .describedAs("Without health:read, only whether it is up.");

  /** What those are told who lack the scope. */
  @Schema(description = "What those are told who lack health:read.")
  record UpOrDown(@Schema(allowableValues = {"up", "down"}) String status) {}

  private final DatabaseHealth health;

  DatabaseHealthController(DatabaseHealth health) {
    this.health = health;
  }

  @GetMapping(path = "/api/v2/health/database", produces = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<?> getDatabaseHealth(HttpServletRequest request) {
    QueryParameters.of(request, READ);
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
                : new UpOrDown(report.isUnhealthy() ? "down" : "up"));
  }
}
