package io.agentorchestrator.stream;

import io.agentorchestrator.rest.Problem;
import io.agentorchestrator.security.SecurityProperties;
import io.agentorchestrator.stream.StreamMetrics.End;
import io.agentorchestrator.stream.StreamMetrics.Refusal;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * The readers of this worker's stream: so many and no more, and of those only so many of one
 * client, that none shuts the others out. It stops with the consumers and before the web server,
 * which would wait for its readers.
 */
@Component
class LiveStream implements SmartLifecycle {

  private final LogEnds ends;
  private final LogTail tail;
  private final LogConsumers consumers;
  private final StreamProperties properties;
  private final StreamMetrics metrics;
  private final Semaphore turns;
  private final ReadersByClient clients;
  private volatile boolean running;

  LiveStream(
      LogEnds ends,
      LogTail tail,
      LogConsumers consumers,
      StreamProperties properties,
      SecurityProperties security,
      StreamMetrics metrics) {
    this.ends = ends;
    this.tail = tail;
    this.consumers = consumers;
    this.properties = properties;
    this.metrics = metrics;
    this.turns = new Semaphore(properties.catchUps(), true);
    this.clients = new ReadersByClient(properties.maxReadersPerClient(security.mode()));
  }

  /**
   * Serves a reader until its end.
   *
   * @param client whose reader it is
   * @param id behind which event to begin; null: now
   * @throws org.springframework.web.ErrorResponseException 503 if there are too many already, 429
   *     if the client has too many
   */
  void serve(String client, EventFilter filter, @Nullable String id, StreamReader.Opening opening) {
    if (!running) {
      throw Problem.unavailable("The worker starts or stops. Ask another one, or later.");
    }
    try {
      if (metrics.readers().incrementAndGet() > properties.maxReaders()) {
        metrics.refused(Refusal.MAX_READERS);
        throw Problem.unavailable(
            "There are %d readers of the log already. Ask another worker, or later."
                .formatted(properties.maxReaders()));
      }
      serveOneOf(client, filter, id, opening);
    } finally {
      metrics.readers().decrementAndGet();
    }
  }

  private void serveOneOf(
      String client, EventFilter filter, @Nullable String id, StreamReader.Opening opening) {
    if (!clients.enter(client)) {
      metrics.refused(Refusal.MAX_READERS_PER_CLIENT);
      throw Problem.tooMany(
          ("This client has %d readers of the log here already, and may have no more"
                  + " (orchestrator.stream.max-readers-per-client). End one, or ask another"
                  + " worker.")
              .formatted(clients.most()));
    }
    tail.enter();
    End end = End.FAILED;
    try {
      end = read(filter, id, opening);
    } finally {
      metrics.ended(end);
      tail.leave();
      clients.leave(client);
    }
  }

  private End read(EventFilter filter, @Nullable String id, StreamReader.Opening opening) {
    try {
      StreamBreak end =
          new StreamReader(ends, tail, consumers, turns, metrics, filter).serve(id, opening);
      return end == StreamBreak.TOO_SLOW ? End.DROPPED : End.STOPPED;
    } catch (IOException e) {
      return End.LEFT;
    } catch (InterruptedException e) {
      return End.STOPPED;
    }
  }

  /** Writes a stream with heartbeats as they are set. */
  EventStreamWriter writer(OutputStream out) {
    return new EventStreamWriter(out, properties.heartbeat());
  }

  @Override
  public void start() {
    running = true;
  }

  @Override
  public void stop() {
    running = false;
    tail.stop();
  }

  @Override
  public boolean isRunning() {
    return running;
  }
}
