package io.agentorchestrator.services;

import io.agentorchestrator.rest.Operation;
import io.agentorchestrator.rest.QueryParameters;
import io.agentorchestrator.services.ServiceReads.Shown;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.servlet.http.HttpServletRequest;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /api/v2/health/services}. It is answered with 200 whatever it says: the services are
 * somebody else's, and this worker is no less able to answer.
 */
@RestController
class ServicesController {

  private static final Operation READ =
      Operation.of(
              "getServicesHealth",
              "Tells how the monitored services are.",
              Operation.Answer.of(
                  "The services that this worker is configured with.", Report.class))
          .describedAs(
              "What was found out by the last probes; asking probes nothing. It is answered with"
                  + " 200 however the services are.");

  private final ServiceReads services;

  ServicesController(ServiceReads services) {
    this.services = services;
  }

  /**
   * The answer.
   *
   * @param enabled whether services are monitored
   * @param status {@code disabled}, or what is held of them together: that of the worst
   * @param services all of them, by name
   */
  @Schema(name = "ServicesHealth")
  record Report(
      @Schema(description = "Whether services are monitored.") boolean enabled,
      @Schema(
              description =
                  "disabled where services are not monitored; else unhealthy where one is, else"
                      + " degraded where one is, else unknown where one is unknown or stale, else"
                      + " healthy.",
              allowableValues = {"disabled", "unknown", "healthy", "degraded", "unhealthy"})
          String status,
      @ArraySchema(arraySchema = @Schema(description = "By name."), maxItems = 200)
          List<Shown> services) {}

  @GetMapping(path = "/api/v2/health/services", produces = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<Report> getServicesHealth(HttpServletRequest request) {
    QueryParameters.of(request, READ);
    return ResponseEntity.ok().header(HttpHeaders.CACHE_CONTROL, "no-store").body(report());
  }

  private Report report() {
    if (!services.isEnabled()) {
      return new Report(false, "disabled", List.of());
    }
    List<Shown> all = services.all();
    return new Report(true, worst(all).value(), all);
  }

  /** Of a service that nobody probes any more, less is known than is held. */
  private static ServiceStatus worst(List<Shown> all) {
    Set<ServiceStatus> held = EnumSet.noneOf(ServiceStatus.class);
    for (Shown each : all) {
      held.add(each.status());
      if (each.stale()) {
        held.add(ServiceStatus.UNKNOWN);
      }
    }
    for (ServiceStatus each :
        List.of(ServiceStatus.UNHEALTHY, ServiceStatus.DEGRADED, ServiceStatus.UNKNOWN)) {
      if (held.contains(each)) {
        return each;
      }
    }
    return ServiceStatus.HEALTHY;
  }
}
