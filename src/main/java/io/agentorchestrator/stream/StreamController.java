package io.agentorchestrator.stream;

import io.agentorchestrator.rest.Operation;
import io.agentorchestrator.rest.Parameter;
import io.agentorchestrator.rest.QueryParameters;
import io.agentorchestrator.security.Clients;
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

  private static final Operation STREAM =
      Operation.of(
              "streamLogEvents",
              "Streams the log as it comes onto Kafka, as Server-Sent Events.",
              Operation.Answer.of(
                  "The stream, which ends when the client does, or tells why.",
                  EventStreamWriter.class),
              EventFilter.TYPE,
              EventFilter.ENTITY_TYPE,
              EventFilter.ENTITY_ID,
              EventFilter.AGENT_ID,
              Parameter.MIN_POSITION.describedAs(
                  "Always met; what comes onto the log after the request is shown, however new."))
          .withHeader(LAST_EVENT_ID, "The id behind which to go on.")
          .describedAs(
              "Headers and a comment come at once. Each event has the CloudEvents type as its"
                  + " event, the CloudEvent as on the topic as its data, and an opaque id. Sent as"
                  + " Last-Event-ID, at any worker, the stream goes on behind it, with nothing"
                  + " missing and nothing twice, also with other filters; without one it begins"
                  + " now. Ids also come without an event, so that a reader whom nothing concerns"
                  + " moves on. Events of an entity come in their order. Three events are about the"
                  + " stream itself, each with data of reason, message and id: reset, once, where"
                  + " an id no longer fits (reason unknown_id, out_of_range or log_replaced), after"
                  + " which the stream goes on from now; dropped (too_slow), the last one for who"
                  + " reads too slowly; closing (stopping), the last one where the worker ends. Too"
                  + " many readers are answered 503, too many of one client 429.");

  private final LiveStream stream;

  StreamController(LiveStream stream) {
    this.stream = stream;
  }

  @GetMapping(path = PATH, produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  void streamLogEvents(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    EventFilter filter = EventFilter.of(QueryParameters.of(request, STREAM));
    if (HttpMethod.HEAD.matches(request.getMethod())) {
      setHeaders(response);
      return;
    }
    String id = request.getHeader(LAST_EVENT_ID);
    stream.serve(
        Clients.of(request),
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
