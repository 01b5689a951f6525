package io.agentorchestrator.services;

import io.agentorchestrator.rest.AllowedParameters;
import io.agentorchestrator.rest.QueryParameters;
import jakarta.servlet.http.HttpServletRequest;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;
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

  private static final AllowedParameters PARAMETERS = AllowedParameters.of();

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
  record Report(
      boolean enabled,
      String status,
      List<? extends Map<String, ? extends @Nullable Object>> services) {}

  @GetMapping(path = "/api/v2/health/services", produces = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<Report> health(HttpServletRequest request) {
    QueryParameters.of(request, PARAMETERS);
    return ResponseEntity.ok().header(HttpHeaders.CACHE_CONTROL, "no-store").body(report());
  }

  private Report report() {
    if (!services.isEnabled()) {
      return new Report(false, "disabled", List.of());
    }
    List<SequencedMap<String, @Nullable Object>> all = services.all();
    return new Report(true, worst(all).value(), all);
  }

  /** Of a service that nobody probes any more, less is known than is held. */
  private static ServiceStatus worst(List<SequencedMap<String, @Nullable Object>> all) {
    Set<ServiceStatus> held = EnumSet.noneOf(ServiceStatus.class);
    for (Map<String, @Nullable Object> each : all) {
      if (each.get("status") instanceof ServiceStatus status) {
        held.add(status);
      }
      if (Boolean.TRUE.equals(each.get("stale"))) {
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
