package io.agentorchestrator.migration;

import io.agentorchestrator.redis.RedisAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.resps.ScanResult;

/**
 * The old store, for reading: three hashes, a record a field. There is no way to a command that
 * writes, for the old store may still be the one that counts. Not thread-safe.
 */
public final class OldStore implements AutoCloseable {

  /** So many at a time: of the largest records as many as a small heap bears. */
  static final int AT_A_TIME = 64;

  private static final ScanParams STEP = new ScanParams().count(AT_A_TIME);

  private final RedisAddress address;
  private final Jedis redis;

  private OldStore(RedisAddress address, Jedis redis) {
    this.address = address;
    this.redis = redis;
  }

  /**
   * A field of a hash and what stands there.
   *
   * @param id the field, which should be the record's id
   * @param value the bytes of the value
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  public record Entry(String id, byte[] value) {}

  /** Connects, and makes sure that what is there can be such a store. */
  static OldStore open(RedisAddress address) {
    return open(address, address.connect());
  }

  /**
   * Likewise, for whoever cannot wait long.
   *
   * @param patience for the connection and for each answer
   * @throws redis.clients.jedis.exceptions.JedisException if it cannot be reached, or refuses
   * @throws MigrationRefusedException if what is there is no such store
   */
  public static OldStore open(RedisAddress address, Duration patience) {
    int millis = Math.toIntExact(patience.toMillis());
    return open(address, address.connect(millis, millis));
  }

  private static OldStore open(RedisAddress address, Jedis redis) {
    OldStore store = new OldStore(address, redis);
    try {
      for (OldKind kind : OldKind.values()) {
        String type = store.redis.type(bytes(kind.key()));
        if (!type.equals("hash") && !type.equals("none")) {
          throw new MigrationRefusedException(
              "Expected %s of %s to be a hash, but it is a %s."
                  .formatted(kind.key(), address, type));
        }
      }
      return store;
    } catch (RuntimeException e) {
      store.close();
      throw e;
    }
  }

  RedisAddress address() {
    return address;
  }

  /** How many records of a kind there are; 0 where the hash is not there. */
  public long size(OldKind kind) {
    return redis.hlen(bytes(kind.key()));
  }

  /** Begins to read all records of a kind. */
  public Scan scan(OldKind kind) {
    return new Scan(bytes(kind.key()));
  }

  /** Reads some records of a kind; those that are not there are left out. */
  public Map<String, byte[]> get(OldKind kind, Collection<String> ids) {
    Map<String, byte[]> found = new LinkedHashMap<>();
    if (ids.isEmpty()) {
      return found;
    }
    List<String> asked = List.copyOf(ids);
    List<byte[]> values =
        redis.hmget(bytes(kind.key()), asked.stream().map(OldStore::bytes).toArray(byte[][]::new));
    for (int i = 0; i < asked.size(); i++) {
      byte[] value = values.get(i);
      if (value != null) {
        found.put(asked.get(i), value);
      }
    }
    return found;
  }

  /**
   * All records of a kind, some at a time. Each that is there all along comes, at times twice: so
   * Redis promises it of a hash that changes meanwhile.
   */
  public final class Scan {

    private final byte[] key;
    private byte[] cursor = ScanParams.SCAN_POINTER_START_BINARY;
    private boolean finished;

    private Scan(byte[] key) {
      this.key = key;
    }

    /** Whether all have come. */
    public boolean isFinished() {
      return finished;
    }

    /** Returns some more; none, now and then, though there are more. */
    public List<Entry> next() {
      ScanResult<Map.Entry<byte[], byte[]>> step = redis.hscan(key, cursor, STEP);
      cursor = step.getCursorAsBytes();
      finished = step.isCompleteIteration();
      List<Entry> entries = new ArrayList<>(step.getResult().size());
      for (Map.Entry<byte[], byte[]> each : step.getResult()) {
        entries.add(new Entry(new String(each.getKey(), StandardCharsets.UTF_8), each.getValue()));
      }
      return entries;
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    redis.close();
  }
}
