package io.agentorchestrator.rest;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import tools.jackson.databind.json.JsonMapper;

/** A problem detail (RFC 9457) from a filter, before any controller is asked. */
public final class ProblemResponse {

  private ProblemResponse() {}

  /**
   * Answers a request, whatever it accepts.
   *
   * @param detail a sentence for whoever asked, which must not repeat anything that may be secret;
   *     null if the status says it all
   */
  public static void write(
      HttpServletRequest request,
      HttpServletResponse response,
      HttpStatus status,
      @Nullable String detail)
      throws IOException {
    Map<String, Object> problem = new LinkedHashMap<>();
    if (detail != null) {
      problem.put("detail", detail);
    }
    problem.put("instance", request.getRequestURI());
    problem.put("status", status.value());
    problem.put("title", status.getReasonPhrase());
    byte[] body = JsonMapper.shared().writeValueAsBytes(problem);
    response.setStatus(status.value());
    response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
    response.setCharacterEncoding(StandardCharsets.UTF_8.name());
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }
}
