package io.agentorchestrator.faults;

import io.agentorchestrator.faults.Sabotage.Deed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/**
 * The failpoints of one worker, as the test sees them. They are armed by files in a folder that
 * both know, before the worker's start or at any time, and what happens is told there too. Once it
 * has done what it was to do, a failpoint is no longer armed, so that the next worker with the same
 * folder goes by.
 *
 * <p>A failpoint that is never reached proves nothing: ask {@link #awaitReached}, or {@link
 * #requireNoneArmed()} at the end.
 */
public final class Failpoints {

  static final String ARMED = ".armed";
  static final String SPENT = ".spent";
  static final String REACHED = ".reached";
  static final String RELEASED = ".released";
  static final String HITS = "hits";

  private final Path folder;

  private Failpoints(Path folder) {
    this.folder = folder;
  }

  /** The failpoints of the worker that is started with {@link #jvmOption()}, one at a time. */
  public static Failpoints in(Path folder) {
    try {
      return new Failpoints(Files.createDirectories(folder.toAbsolutePath()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the worker's JVM has to be started with. */
  public String jvmOption() {
    return AgentJar.option(FailpointsAgent.class, folder);
  }

  /** Ends the JVM at the n-th hit from now on, as SIGKILL would: its exit code is 137. */
  public void halt(Failpoint point, int nth) {
    arm(point, new Sabotage(Deed.HALT, "", nth, 1));
  }

  /** Keeps the thread at the n-th hit from now on, until {@link #release}. */
  public void pause(Failpoint point, int nth) {
    arm(point, new Sabotage(Deed.PAUSE, "", nth, 1));
  }

  /**
   * Throws what pgjdbc throws. Before a commit, the transaction is then rolled back; after one, it
   * is committed and the worker does not know.
   *
   * @param sqlState such as {@code 40001}
   */
  public void throwSql(Failpoint point, String sqlState, int nth, int times) {
    arm(point, new Sabotage(Deed.THROW_SQL, sqlState, nth, times));
  }

  /** Throws the time-out of Kafka's clients. */
  public void throwTimeout(Failpoint point, int nth, int times) {
    arm(point, new Sabotage(Deed.THROW_TIMEOUT, "", nth, times));
  }

  /** Uses the heap up, so that the JVM does what its options say of it; unless it ends, throws. */
  public void throwOutOfMemory(Failpoint point, int nth) {
    arm(point, new Sabotage(Deed.THROW_OUT_OF_MEMORY, "", nth, 1));
  }

  private void arm(Failpoint point, Sabotage sabotage) {
    try {
      for (String suffix : List.of(SPENT, REACHED, RELEASED)) {
        Files.deleteIfExists(file(point, suffix));
      }
      // Whole, or not there.
      Path unfinished = Files.writeString(file(point, ".unfinished"), sabotage.toLine());
      Files.move(unfinished, file(point, ARMED), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Takes back what has not happened yet. */
  public void disarm(Failpoint point) {
    try {
      Files.deleteIfExists(file(point, ARMED));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lets the thread go on that was paused. */
  public void release(Failpoint point) {
    try {
      Files.writeString(file(point, RELEASED), "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * How often it did what it was armed for last; the line of each says when and on which thread.
   */
  public List<String> reached(Failpoint point) {
    Path file = file(point, REACHED);
    try {
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until it has done what it was armed for, as often as it was to. */
  public void awaitReached(Failpoint point, Duration time) {
    Awaitility.await("failpoint " + point)
        .atMost(time)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> Files.exists(file(point, SPENT)));
  }

  /**
   * Fails if one has not done what it was armed for.
   *
   * @throws AssertionError naming it
   */
  public void requireNoneArmed() {
    for (Failpoint point : Failpoint.values()) {
      if (Files.exists(file(point, ARMED))) {
        throw new AssertionError(
            "Expected failpoint %s to be reached, but after %d hits in all it is armed still."
                .formatted(point, hits(point)));
      }
    }
  }

  /** How often a worker came by, armed or not, since the folder was new. */
  public long hits(Failpoint point) {
    return hits().getOrDefault(point, 0L);
  }

  /** How often a worker came by each. */
  public Map<Failpoint, Long> hits() {
    Map<Failpoint, Long> hits = new EnumMap<>(Failpoint.class);
    Path file = folder.resolve(HITS);
    if (Files.exists(file)) {
      ByteBuffer counts = ByteBuffer.allocate(Failpoint.values().length * Long.BYTES);
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
        while (counts.hasRemaining() && channel.read(counts) >= 0) {
          // On to its end.
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      for (Failpoint point : Failpoint.values()) {
        hits.put(point, counts.getLong(point.place() * Long.BYTES));
      }
    }
    return hits;
  }

  private Path file(Failpoint point, String suffix) {
    return folder.resolve(point.fileName(suffix));
  }
}
