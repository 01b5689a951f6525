package io.agentorchestrator.stream;

import io.agentorchestrator.rest.QueryParameters;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /api/v2/log/stream}: Server-Sent Events. The request's own thread, a virtual one, writes
 * for as long as the client reads.
 *
 * <p>{@code min_position} is met without doing anything: the stream does not show what is at some
 * moment, but all that comes onto the log after the request.
 */
@RestController
class StreamController {

  static final String PATH = "/api/v2/log/stream";

  private static final String LAST_EVENT_ID = "Last-Event-ID";

  private final LiveStream stream;

  StreamController(LiveStream stream) {
    this.stream = stream;
  }

  @GetMapping(path = PATH, produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  void stream(HttpServletRequest request, HttpServletResponse response) throws IOException {
    EventFilter filter = EventFilter.of(QueryParameters.of(request, EventFilter.PARAMETERS));
    if (HttpMethod.HEAD.matches(request.getMethod())) {
      setHeaders(response);
      return;
    }
    String id = request.getHeader(LAST_EVENT_ID);
    stream.serve(
        filter,
        id == null || id.isBlank() ? null : id.strip(),
        () -> {
          setHeaders(response);
          return stream.writer(response.getOutputStream());
        });
  }

  private static void setHeaders(HttpServletResponse response) {
    response.setContentType(MediaType.TEXT_EVENT_STREAM_VALUE);
    // Nobody on the way is to keep it, or to gather it before passing it on.
    response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store, no-transform");
    response.setHeader("X-Accel-Buffering", "no");
  }
}
