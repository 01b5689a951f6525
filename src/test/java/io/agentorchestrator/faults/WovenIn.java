package io.agentorchestrator.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * What runs in the worker when it comes by a {@link Failpoint}: counts, and if it is armed, does
 * what it was armed for. Public, as code of other packages calls it once woven in.
 *
 * <p>Counts are kept in a mapped file: the system writes it, however the JVM ends.
 */
public final class WovenIn {

  private static final Pattern LISTENER = Pattern.compile("commands-\\d+-C-\\d+");
  private static final String LOG_INSERT = "insert into orchestration_log";
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);
  private static final int CHUNK_OF_MEMORY = 1 << 20;
  private static final VarHandle LONGS =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private static volatile @Nullable WovenIn instance;

  private final Path folder;
  private final ByteBuffer hits;
  private final ThreadLocal<Work> work = ThreadLocal.withInitial(Work::new);
  private final Map<Failpoint, Armed> armed = new EnumMap<>(Failpoint.class);

  /** What a thread has done since it began. */
  private static final class Work {
    private boolean logAppended;
    private int sent;
    private boolean inTransaction;
    private boolean inDeadLetters;
    private boolean published;
  }

  /** A failpoint's sabotage, and how often it was hit since. */
  private static final class Armed {
    private final String line;
    private int hits;

    private Armed(String line) {
      this.line = line;
    }
  }

  private WovenIn(Path folder) throws IOException {
    this.folder = folder;
    try (FileChannel channel =
        FileChannel.open(
            folder.resolve(Failpoints.HITS),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      this.hits =
          channel.map(
              FileChannel.MapMode.READ_WRITE, 0, (long) Failpoint.values().length * Long.BYTES);
    }
  }

  static void begin(Path folder) throws IOException {
    instance = new WovenIn(folder);
  }

  /** A statement is prepared. */
  public static void statement(String sql) {
    WovenIn woven = instance;
    if (woven != null && sql.regionMatches(true, 0, LOG_INSERT, 0, LOG_INSERT.length())) {
      woven.work.get().logAppended = true;
    }
  }

  /** A transaction on the database is about to be committed. */
  public static void beforeDatabaseCommit() {
    WovenIn woven = instance;
    if (woven != null && woven.work.get().logAppended) {
      switch (Loop.current()) {
        case COMMANDS -> woven.hit(Failpoint.BEFORE_DATABASE_COMMIT);
        case DISPATCH -> woven.hit(Failpoint.BEFORE_DISPATCH_COMMIT);
        case TIMERS -> woven.hit(Failpoint.BEFORE_TIMERS_COMMIT);
        case OTHER -> {
          // Nobody's.
        }
      }
    }
  }

  /** A transaction on the database is committed. */
  public static void afterDatabaseCommit() {
    WovenIn woven = instance;
    if (woven != null && woven.work.get().logAppended) {
      woven.work.get().logAppended = false;
      switch (Loop.current()) {
        case COMMANDS -> woven.hit(Failpoint.AFTER_DATABASE_COMMIT);
        case DISPATCH -> woven.hit(Failpoint.AFTER_DISPATCH_COMMIT);
        case TIMERS -> woven.hit(Failpoint.AFTER_TIMERS_COMMIT);
        case OTHER -> {
          // Nobody's.
        }
      }
    }
  }

  /** A transaction on the database is rolled back. */
  public static void databaseRollback() {
    WovenIn woven = instance;
    if (woven != null) {
      woven.work.get().logAppended = false;
    }
  }

  /** A transaction on Kafka begins. */
  public static void transactionBegun() {
    WovenIn woven = instance;
    if (woven != null) {
      woven.work.get().sent = 0;
      woven.work.get().inTransaction = true;
    }
  }

  /** Dead letters may be sent. */
  public static void deadLettersBegun() {
    WovenIn woven = instance;
    if (woven != null) {
      woven.work.get().sent = 0;
      woven.work.get().inDeadLetters = Loop.current() == Loop.COMMANDS;
    }
  }

  /** A record is about to be given to a producer. */
  public static void sending(Object record) {
    WovenIn woven = instance;
    if (woven != null) {
      Work work = woven.work.get();
      if (work.sent == 0 && work.inDeadLetters) {
        woven.hit(Failpoint.BEFORE_DEAD_LETTER_SEND);
      } else if (work.sent == 0 && work.inTransaction && !isCheckpoint(record)) {
        woven.hit(Failpoint.BEFORE_RELAY_SEND);
      }
      work.sent++;
    }
  }

  private static boolean isCheckpoint(Object record) {
    return ((ProducerRecord<?, ?>) record).topic().endsWith("checkpoint");
  }

  /** All dead letters are acknowledged. */
  public static void deadLettersSent() {
    WovenIn woven = instance;
    if (woven != null) {
      Work work = woven.work.get();
      boolean any = work.inDeadLetters && work.sent > 0;
      work.inDeadLetters = false;
      if (any) {
        woven.hit(Failpoint.AFTER_DEAD_LETTER_SEND);
      }
    }
  }

  /** A transaction on Kafka is about to be committed; its last record is the checkpoint. */
  public static void beforeKafkaCommit(Object producer) {
    WovenIn woven = instance;
    if (woven != null && woven.work.get().sent > 1) {
      if (woven.isArmed(Failpoint.AFTER_RELAY_SEND)) {
        ((KafkaProducer<?, ?>) producer).flush();
      }
      woven.hit(Failpoint.AFTER_RELAY_SEND);
    }
  }

  /** A transaction on Kafka is committed. */
  public static void afterKafkaCommit() {
    WovenIn woven = instance;
    if (woven != null && woven.work.get().sent > 1) {
      woven.work.get().published = true;
      woven.work.get().inTransaction = false;
      woven.hit(Failpoint.AFTER_RELAY_COMMIT);
    }
  }

  /** The relay's engine knows what is published. */
  public static void markedProcessed() {
    WovenIn woven = instance;
    if (woven != null && woven.work.get().published) {
      woven.work.get().published = false;
      woven.hit(Failpoint.AFTER_MARK_PROCESSED);
    }
  }

  /** Offsets are about to be committed. */
  public static void beforeOffsetCommit() {
    WovenIn woven = instance;
    if (woven != null && Loop.current() == Loop.COMMANDS) {
      woven.hit(Failpoint.BEFORE_OFFSET_COMMIT);
    }
  }

  /** Offsets are committed. */
  public static void afterOffsetCommit() {
    WovenIn woven = instance;
    if (woven != null && Loop.current() == Loop.COMMANDS) {
      woven.hit(Failpoint.AFTER_OFFSET_COMMIT);
    }
  }

  /** Whose work a thread does, by its name. */
  private enum Loop {
    COMMANDS,
    DISPATCH,
    TIMERS,
    OTHER;

    static Loop current() {
      String thread = Thread.currentThread().getName();
      if (LISTENER.matcher(thread).matches()) {
        return COMMANDS;
      }
      return switch (thread) {
        case "dispatch" -> DISPATCH;
        case "timers" -> TIMERS;
        default -> OTHER;
      };
    }
  }

  private void hit(Failpoint point) {
    LONGS.getAndAdd(hits, point.place() * Long.BYTES, 1L);
    if (isArmed(point)) {
      Sabotage sabotage = claim(point);
      if (sabotage != null) {
        sabotage(point, sabotage);
      }
    }
  }

  private boolean isArmed(Failpoint point) {
    return Files.exists(file(point, Failpoints.ARMED));
  }

  /** Counts a hit of an armed failpoint; returns what is to be done, or null if nothing yet. */
  private synchronized @Nullable Sabotage claim(Failpoint point) {
    try {
      String line = Files.readString(file(point, Failpoints.ARMED));
      Armed known = armed.get(point);
      if (known == null || !known.line.equals(line)) {
        known = new Armed(line);
        armed.put(point, known);
      }
      known.hits++;
      Sabotage sabotage = Sabotage.ofLine(line);
      if (known.hits < sabotage.nth()) {
        return null;
      }
      Files.writeString(
          file(point, Failpoints.REACHED),
          "%s %s hit %d: %s%n"
              .formatted(Instant.now(), Thread.currentThread().getName(), known.hits, line),
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
      if (known.hits >= sabotage.nth() + sabotage.times() - 1) {
        armed.remove(point);
        Files.move(
            file(point, Failpoints.ARMED),
            file(point, Failpoints.SPENT),
            StandardCopyOption.ATOMIC_MOVE);
      }
      return sabotage;
    } catch (NoSuchFileException e) {
      return null; // Disarmed meanwhile.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void sabotage(Failpoint point, Sabotage sabotage) {
    switch (sabotage.deed()) {
      case HALT -> Runtime.getRuntime().halt(137);
      case PAUSE -> pause(point);
      case THROW_SQL ->
          sneak(
              new PSQLException(
                  new ServerErrorMessage(
                      "SERROR\0C%s\0Mfailpoint %s\0\0".formatted(sabotage.detail(), point))));
      case THROW_TIMEOUT -> throw new TimeoutException("failpoint " + point);
      case THROW_OUT_OF_MEMORY -> useUpMemory();
    }
  }

  private void pause(Failpoint point) {
    long deadline = System.nanoTime() + LONGEST_PAUSE.toNanos();
    boolean interrupted = false;
    while (!Files.exists(file(point, Failpoints.RELEASED))) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "Expected failpoint %s to be released within %s, but it was not."
                .formatted(point, LONGEST_PAUSE));
      }
      try {
        TimeUnit.MILLISECONDS.sleep(5);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void useUpMemory() {
    List<byte[]> all = new ArrayList<>();
    while (all.size() < Integer.MAX_VALUE) {
      all.add(new byte[CHUNK_OF_MEMORY]);
    }
  }

  /** Throws what the method that it is woven into declares, and this one does not. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> void sneak(Throwable failure) throws E {
    throw (E) failure;
  }

  private Path file(Failpoint point, String suffix) {
    return folder.resolve(point.fileName(suffix));
  }
}
