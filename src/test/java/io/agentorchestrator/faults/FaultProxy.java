package io.agentorchestrator.faults;

import io.agentorchestrator.local.PostgresAddress;
import io.agentorchestrator.local.ReservedPort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * Stands on 127.0.0.1 between clients and a server, and does to their connections what networks do.
 * Faults are set at any time and hold for all connections, those to come too, until {@link #pass()}
 * or another takes their place. One before PostgreSQL can also catch a COMMIT.
 *
 * <p>A client must know no other way to the server: a Kafka broker has to advertise the proxy's
 * port to it.
 */
public final class FaultProxy implements AutoCloseable {

  private static final Duration CLOSING = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int BACKLOG = 256;

  private final ReservedPort port = ReservedPort.take();
  private volatile InetSocketAddress server;
  private final long seed;
  private final boolean postgres;
  private final InstantSource clock = InstantSource.system();
  private final Line toServer = new Line();
  private final Line toClient = new Line();
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final List<CommitTrap> traps = new CopyOnWriteArrayList<>();
  private final AtomicLong accepted = new AtomicLong();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final ExecutorService threads;

  private @Nullable ServerSocket listener;
  private boolean rejecting;

  /** Which way bytes go. */
  public enum Direction {
    TO_SERVER,
    TO_CLIENT
  }

  private FaultProxy(InetSocketAddress server, long seed, boolean postgres) {
    this.server = server;
    this.seed = seed;
    this.postgres = postgres;
    this.threads =
        Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("fault-proxy-" + port.number() + "-", 0).factory());
    back();
  }

  /**
   * Starts one before any server.
   *
   * @param serverPort the server's on 127.0.0.1, which need not be there yet
   * @param seed of all that is random
   */
  public static FaultProxy start(int serverPort, long seed) {
    return new FaultProxy(local(serverPort), seed, false);
  }

  /** Starts one before PostgreSQL, see {@link #catchCommit}. */
  public static FaultProxy start(PostgresAddress server, long seed) {
    return new FaultProxy(new InetSocketAddress(server.host(), server.port()), seed, true);
  }

  /** Where clients connect to, on 127.0.0.1. */
  public int port() {
    return port.number();
  }

  /** The way to a PostgreSQL through this. */
  public PostgresAddress to(PostgresAddress server) {
    return new PostgresAddress("127.0.0.1", port(), server.user(), server.password());
  }

  /** Sends connections to come to another PostgreSQL; those that are stay where they are. */
  public void redirect(PostgresAddress server) {
    this.server = new InetSocketAddress(server.host(), server.port());
  }

  /** Ends all faults: connections are taken, and bytes go both ways. */
  public void pass() {
    set(new Fault.Pass());
    back();
  }

  /** Lets bytes go this way. */
  public void pass(Direction direction) {
    set(new Fault.Pass(), direction);
  }

  /** Hands nothing on until something else is set; then all goes on, and nothing is lost. */
  public void stall(Direction... directions) {
    set(new Fault.Stall(), directions);
  }

  /** A network that hangs, see {@link Fault.BlackHole}; new connections are taken, and hang. */
  public void blackHole(Direction... directions) {
    set(new Fault.BlackHole(), directions);
  }

  /** Delays each chunk, by as much as said and up to {@code jitter} more. */
  public void delay(Duration fixed, Duration jitter, Direction... directions) {
    set(new Fault.Delay(fixed, jitter), directions);
  }

  /** Hands on the next so many bytes of each connection one by one. */
  public void slice(int bytes, Direction... directions) {
    set(new Fault.Slice(bytes), directions);
  }

  /** Narrows each connection to so many bytes a second. */
  public void throttle(int bytesPerSecond, Direction... directions) {
    set(new Fault.Throttle(bytesPerSecond), directions);
  }

  /** Cuts all connections with a reset, and returns how many; new ones are welcome. */
  public synchronized int cut() {
    List<Link> all = new ArrayList<>(links);
    all.forEach(Link::reset);
    return all.size();
  }

  /** Cuts all connections; new ones are taken and cut at once, until {@link #back()}. */
  public synchronized void reject() {
    back();
    rejecting = true;
    cut();
  }

  /** Cuts all connections; new ones are refused, until {@link #back()}. */
  public synchronized void away() {
    ServerSocket open = listener;
    listener = null;
    if (open != null) {
      close(open);
    }
    cut();
  }

  /** Takes connections again. */
  public final synchronized void back() {
    rejecting = false;
    if (listener == null) {
      ServerSocket open = listen();
      listener = open;
      begin(() -> accept(open));
    }
  }

  /**
   * Sets a trap for a COMMIT; only of PostgreSQL.
   *
   * @param nth which of the COMMITs to come, from 1
   * @param statement part of a statement that its transaction executed, such as a table's name, in
   *     upper or lower case; empty for any. Only COMMITs of such transactions are counted.
   */
  public CommitTrap catchCommit(CommitTrap.Kind kind, int nth, String statement) {
    if (!postgres) {
      throw new IllegalStateException("Expected a proxy before PostgreSQL, but it is another.");
    }
    CommitTrap trap = new CommitTrap(kind, nth, statement);
    traps.add(trap);
    return trap;
  }

  /** How many connections there are. */
  public int connections() {
    return links.size();
  }

  /** Waits until there is one. */
  void awaitConnection() {
    Awaitility.await("a connection through the proxy")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> connections() > 0);
  }

  /** How many connections were ever taken. */
  public long accepted() {
    return accepted.get();
  }

  /** How many bytes were handed on. */
  public long carried(Direction direction) {
    return line(direction).carried();
  }

  /**
   * Cuts all connections, and waits for the last thread's end.
   *
   * @throws IllegalStateException if something failed that is no fault of a network
   */
  @Override
  public void close() {
    away();
    threads.shutdownNow();
    try {
      if (!threads.awaitTermination(CLOSING.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException("Threads of the proxy do not end.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      port.close();
    }
    Throwable failed = failure.get();
    if (failed != null) {
      throw new IllegalStateException("The proxy failed.", failed);
    }
  }

  private void set(Fault fault, Direction... directions) {
    for (Direction direction : directions.length == 0 ? Direction.values() : directions) {
      line(direction).set(fault);
    }
    links.forEach(Link::resetIfBroken);
  }

  private void accept(ServerSocket open) {
    while (true) {
      try {
        take(open.accept());
      } catch (IOException e) {
        return; // Away.
      }
    }
  }

  private synchronized void take(Socket client) throws IOException {
    Link link =
        new Link(
            client,
            new Link.Ends(server, toServer, toClient, seed + 31 * accepted.incrementAndGet()));
    if (rejecting || listener == null) {
      link.reset();
      return;
    }
    links.add(link);
    begin(() -> run(link));
  }

  private void begin(Runnable work) {
    threads.execute(
        () -> {
          try {
            work.run();
          } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
          }
        });
  }

  private void run(Link link) {
    PostgresTaps taps = postgres ? new PostgresTaps(traps, clock) : null;
    try {
      link.run(
          taps == null ? Tap.NONE : taps.client(),
          taps == null ? Tap.NONE : taps.server(),
          this::begin);
    } catch (InterruptedException | RejectedExecutionException e) {
      // Cut, or the proxy ends.
    } finally {
      links.remove(link);
      if (taps != null) {
        taps.ended();
      }
    }
  }

  private ServerSocket listen() {
    try {
      ServerSocket socket = new ServerSocket();
      socket.setReuseAddress(true);
      socket.bind(local(port.number()), BACKLOG);
      return socket;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Line line(Direction direction) {
    return switch (direction) {
      case TO_SERVER -> toServer;
      case TO_CLIENT -> toClient;
    };
  }

  @SuppressWarnings("AddressSelection") // A literal, which names one address.
  private static InetSocketAddress local(int port) {
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
  }

  private static void close(ServerSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
