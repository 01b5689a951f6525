package io.agentorchestrator.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.faults.Plan.Repetitions;
import io.agentorchestrator.local.Site;
import io.agentorchestrator.local.WorkerProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * Workers at a site of their own, a load on its way, faults as a test likes, and the oracle's
 * judgement in the end. What is done when is printed at once, with the seed, so that a run can be
 * replayed however it fails.
 */
final class Scenario implements AutoCloseable {

  /** Of everything random; {@code -Dorchestrator.seed} replays a run. */
  static final long SEED = Long.getLong("orchestrator.seed", System.nanoTime());

  /** To ask is work for a worker that has just started. */
  static final Duration LOOK_AGAIN = Duration.ofMillis(250);

  /** Within which a worker ends that is asked to. */
  private static final Duration GRACE = Duration.ofSeconds(20);

  private static final String APPLIED = "SELECT count(*) FROM orchestration_log";

  private static final String PUBLISHED =
      "SELECT count(*) FROM relay_progress WHERE published_until IS NOT NULL";

  private static final Duration READY = Duration.ofMinutes(4);

  private final String name;
  private final Cluster cluster;
  private Site site;
  private final List<String> settings;
  private final Random random;
  private final long begin = System.nanoTime();
  private final List<String> schedule = new ArrayList<>();
  private final List<WorkerProcess> workers = new ArrayList<>();
  private @Nullable Load load;
  private int faults;
  private boolean truncated;

  /**
   * Starts workers, waits until the first is ready, and begins to send.
   *
   * @param stories of the {@link Plan}
   * @param rate messages a second
   */
  Scenario(String name, Cluster cluster, int workers, int stories, int rate, String... settings) {
    this(name, cluster, Repetitions.OF_ALL_COMMANDS, workers, stories, rate, settings);
  }

  /** Likewise, with some messages never sent again. */
  Scenario(
      String name,
      Cluster cluster,
      Repetitions repetitions,
      int workers,
      int stories,
      int rate,
      String... settings) {
    this(name, cluster, settings);
    begin(
        () -> IntStream.range(0, workers).forEach(i -> startWorker()), stories, rate, repetitions);
  }

  /** Likewise, with one worker that has failpoints. */
  Scenario(String name, Cluster cluster, Failpoints failpoints, int stories, int rate) {
    this(name, cluster, start -> start.jvm(failpoints.jvmOption()), stories, rate);
  }

  /** Likewise, with one worker that is started in some way of its own. */
  Scenario(
      String name, Cluster cluster, UnaryOperator<WorkerProcess.Start> how, int stories, int rate) {
    this(name, cluster);
    begin(() -> start(how.apply(start())), stories, rate, Repetitions.OF_ALL_COMMANDS);
  }

  private Scenario(String name, Cluster cluster, String... settings) {
    this.name = name;
    this.cluster = cluster;
    this.site = cluster.freshSite();
    this.settings =
        Stream.concat(
                Stream.of(
                    "--orchestrator.commands.max-poll-records=50",
                    "--orchestrator.commands.max-backoff=1s"),
                Stream.of(settings))
            .toList();
    this.random = new Random(SEED ^ name.hashCode());
  }

  private void begin(Runnable start, int stories, int rate, Repetitions repetitions) {
    note("begins at the site " + site.name());
    try {
      start.run();
      awaitReady();
      load = new Load(site, Plan.of(SEED ^ name.hashCode(), stories, repetitions), rate);
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  Site site() {
    return site;
  }

  /** Goes on at another PostgreSQL, which has what the old one had. */
  void moveTo(PostgresProcess other) {
    cluster.toPostgres().redirect(other.address());
    site = cluster.on(other, site);
  }

  private Load load() {
    return Objects.requireNonNull(load);
  }

  Random random() {
    return random;
  }

  List<WorkerProcess> workers() {
    return List.copyOf(workers);
  }

  WorkerProcess anyWorker() {
    return workers.get(random.nextInt(workers.size()));
  }

  /** Starts one more, and does not wait for it. */
  WorkerProcess startWorker(String... more) {
    return start(start(), more);
  }

  /** Starts one more with failpoints, one such worker at a time. */
  WorkerProcess startWorker(Failpoints failpoints, String... more) {
    return start(start().jvm(failpoints.jvmOption()), more);
  }

  /** As the image starts it. */
  private WorkerProcess.Start start() {
    return WorkerProcess.at(cluster.behindProxies(site)).jvm("-XX:+ExitOnOutOfMemoryError");
  }

  private WorkerProcess start(WorkerProcess.Start start, String... more) {
    WorkerProcess worker = start.settings(settings.toArray(String[]::new)).settings(more).start();
    workers.add(worker);
    return worker;
  }

  /** Has a worker end in order, and waits for that. */
  void stop(WorkerProcess worker) {
    worker.stop();
    assertThat(worker.awaitEnd(GRACE)).isEqualTo(143);
    forget(worker);
  }

  void kill(WorkerProcess worker) {
    worker.kill();
    forget(worker);
  }

  /** Counts a worker that has ended no longer. */
  void forget(WorkerProcess worker) {
    workers.remove(worker);
  }

  /** Starts anew what ended by itself, as whoever runs workers does. */
  void supervise() {
    for (WorkerProcess worker : workers()) {
      if (!worker.isAlive()) {
        note("worker %d has ended, and is started anew".formatted(worker.pid()));
        forget(worker);
        startWorker();
      }
    }
  }

  /** Waits until some worker is ready. */
  void awaitReady() {
    Awaitility.await("a worker that is ready")
        .atMost(READY)
        .pollInterval(LOOK_AGAIN)
        .until(() -> workers.stream().anyMatch(WorkerProcess::isReady));
  }

  /** Waits until all are ready, and starts anew those that end before they are. */
  void superviseUntilReady() {
    Awaitility.await("workers that are all ready")
        .atMost(READY.multipliedBy(2))
        .pollInterval(LOOK_AGAIN)
        .until(
            () -> {
              supervise();
              return workers.stream().allMatch(WorkerProcess::isReady);
            });
  }

  /** Waits until all are ready: whoever has died, or hangs, did not bear what was done to it. */
  private void awaitAllReady() {
    assertThat(workers).as("workers that are to live").isNotEmpty();
    Awaitility.await("workers that are all ready")
        .atMost(READY)
        .pollInterval(LOOK_AGAIN)
        .until(
            () -> {
              for (WorkerProcess worker : workers) {
                assertThat(worker.isAlive())
                    .as("%s has ended, having printed:%n%s", worker, worker.output())
                    .isTrue();
              }
              return workers.stream().allMatch(WorkerProcess::isReady);
            });
  }

  /** Waits until some worker says of a part of its health that it is down. */
  void awaitDown(String part) {
    awaitDown(part, Duration.ofMinutes(3));
  }

  /** Likewise, within a time. */
  void awaitDown(String part, Duration time) {
    Awaitility.await(part + " that are down")
        .atMost(time)
        .pollInterval(Duration.ofMillis(100))
        .until(
            () ->
                workers.stream()
                    .flatMap(worker -> worker.health(part).stream())
                    .anyMatch(answer -> answer.statusCode() == 503));
    note(part + " down");
  }

  /** Breaks something, and counts it. */
  void inject(String what, Runnable fault) {
    note(what);
    fault.run();
    faults++;
  }

  /** Ends a session of the site's, whichever the seed takes of those that are like this. */
  void endSession(String like) {
    double chance = random.nextDouble();
    inject(
        "end of a session with " + like,
        () ->
            Awaitility.await("the end of a session with " + like)
                .atMost(READY)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> endSession(like, chance)));
  }

  private boolean endSession(String like, double chance) {
    List<List<String>> pids =
        Databases.rows(
            site,
            """
            SELECT pid FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND %s
             ORDER BY pid
            """
                .formatted(like));
    if (pids.isEmpty()) {
      return false;
    }
    String pid = pids.get((int) (chance * pids.size())).getFirst();
    return Databases.rows(site, "SELECT pg_terminate_backend(%s)".formatted(pid))
        .equals(List.of(List.of("t")));
  }

  /** Tells of what is no fault, or none by itself. */
  void note(String what) {
    String line =
        "%6.2f s, %5d sent: %s"
            .formatted((System.nanoTime() - begin) / 1e9, load == null ? 0 : load.progress(), what);
    schedule.add(line);
    System.out.printf("%s, -Dorchestrator.seed=%d, %s%n", name, SEED, line);
  }

  /** Lets dead letters be without their values, for at times their topic takes none. */
  void mayTruncateDeadLetters() {
    truncated = true;
  }

  /** Waits until so much of the load was sent, 0 to 1. */
  void awaitSent(double part) {
    int wanted = (int) (load().plan().messages().size() * part);
    Awaitility.await()
        .atMost(Duration.ofMinutes(10))
        .pollInterval(Duration.ofMillis(5))
        .until(() -> load().progress() >= wanted || load().isOver());
  }

  /** How many entries of the log were written. */
  long applied() {
    return Databases.count(site, APPLIED);
  }

  /** Waits until so many entries of the log were written. */
  void awaitApplied(long entries) {
    Databases.await(site, APPLIED, count -> count >= entries);
  }

  /** Waits until something of the log is told, and the relay has written that down. */
  void awaitPublished() {
    Databases.await(site, PUBLISHED, count -> count > 0);
  }

  /** Waits until somebody has written to the log from now on. */
  void awaitProgress() {
    awaitApplied(applied() + 1);
  }

  /** Has commands come until {@link #judge}, though ever more slowly. */
  void lastUntilJudged() {
    lastUntilJudged(Duration.ofMinutes(1));
  }

  /** Likewise, for faults that take about so long. */
  void lastUntilJudged(Duration time) {
    load().last(time);
  }

  /** Fails unless commands still come: what happens to workers at rest proves little. */
  void requireUnderLoad() {
    assertThat(isOver()).as("commands all gone by").isFalse();
  }

  /** Sends what is not of the plan, and lets the oracle know. */
  void send(Plan.Message message) {
    load().send(message);
  }

  boolean isOver() {
    return load().isOver();
  }

  void rest(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    Awaitility.await()
        .atMost(time.plusSeconds(10))
        .pollInterval(Duration.ofMillis(10))
        .until(() -> System.nanoTime() >= end);
  }

  /** Has the oracle judge once all workers are ready, and prints what it looked at. */
  Oracle.Verdict judge() {
    try {
      note("all is over");
      awaitAllReady();
      Oracle.Verdict verdict =
          Oracle.judge(
              site,
              load(),
              truncated,
              workers.getFirst().rest(),
              workers.stream().map(WorkerProcess::management).toList());
      assertThat(faults).as("faults injected").isPositive();
      System.out.printf(
          "%s: seed %d, %d faults, %d messages, %d commands, %d events, %d dead letters%n",
          name,
          SEED,
          faults,
          verdict.messages(),
          verdict.commands(),
          verdict.events(),
          verdict.deadLetters());
      System.out.println(Totals.add(faults, verdict));
      return verdict;
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError(
          "%s, with -Dorchestrator.seed=%d, at the site %s:%n%s%n%s"
              .formatted(name, SEED, site.name(), String.join("\n", schedule), e.getMessage()),
          e);
    }
  }

  /** What all scenarios of this JVM looked at by now. */
  private record Totals(
      int scenarios, int faults, long messages, long commands, long events, long deadLetters) {

    private static Totals all = new Totals(0, 0, 0, 0, 0, 0);

    static synchronized Totals add(int faults, Oracle.Verdict verdict) {
      all =
          new Totals(
              all.scenarios + 1,
              all.faults + faults,
              all.messages + verdict.messages(),
              all.commands + verdict.commands(),
              all.events + verdict.events(),
              all.deadLetters + verdict.deadLetters());
      return all;
    }

    @Override
    public String toString() {
      return "in all: %d scenarios, %d faults, %d messages, %d commands, %d events, %d dead letters"
          .formatted(scenarios, faults, messages, commands, events, deadLetters);
    }
  }

  @Override
  public void close() {
    workers().forEach(WorkerProcess::kill);
    if (load != null) {
      load.close();
    }
    cluster.heal();
  }
}
