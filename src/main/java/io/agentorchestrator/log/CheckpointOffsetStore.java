package io.agentorchestrator.log;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import org.apache.kafka.connect.runtime.WorkerConfig;
import org.apache.kafka.connect.storage.OffsetBackingStore;
import org.apache.kafka.connect.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Tells Debezium where to start, and forgets what it wants remembered when the engine ends.
 *
 * <p>While the engine runs it keeps the positions marked as processed: those are what Debezium
 * acknowledges to the slot, and they are marked only when the checkpoint that covers them is
 * committed.
 *
 * <p>The start carries no {@code lsn_proc}: with one, Debezium looks for the place within a
 * transaction by WAL positions, which are ambiguous where transactions overlap. Made by Debezium by
 * name, hence the settings and the public constructor.
 */
public final class CheckpointOffsetStore implements OffsetBackingStore {

  /** The setting with the WAL position to start from, a number. */
  static final String START_LSN = "orchestrator.start.lsn";

  private final Map<ByteBuffer, ByteBuffer> marked = new ConcurrentHashMap<>();
  private ByteBuffer start = ByteBuffer.allocate(0);

  /** For Debezium. */
  public CheckpointOffsetStore() {}

  @Override
  public void configure(WorkerConfig config) {
    String lsn = config.originalsStrings().get(START_LSN);
    start =
        ByteBuffer.wrap(
            "{\"lsn\":%s,\"lsn_commit\":%s}".formatted(lsn, lsn).getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public Future<Map<ByteBuffer, ByteBuffer>> get(Collection<ByteBuffer> keys) {
    Map<ByteBuffer, ByteBuffer> values = new HashMap<>();
    for (ByteBuffer key : keys) {
      values.put(key, marked.getOrDefault(key, start).duplicate());
    }
    return CompletableFuture.completedFuture(values);
  }

  @Override
  public Future<Void> set(Map<ByteBuffer, ByteBuffer> values, @Nullable Callback<Void> callback) {
    marked.putAll(values);
    if (callback != null) {
      callback.onCompletion(null, null);
    }
    return nothing();
  }

  @SuppressWarnings("NullAway") // Connect wants a Void, and there is only null.
  private static Future<Void> nothing() {
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public Set<Map<String, Object>> connectorPartitions(String connectorName) {
    return Set.of();
  }

  @Override
  public void start() {}

  @Override
  public void stop() {}
}
