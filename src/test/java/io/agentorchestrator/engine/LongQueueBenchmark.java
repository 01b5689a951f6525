package io.agentorchestrator.engine;

import io.agentorchestrator.local.LocalWorker;
import io.agentorchestrator.local.Site;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Assignments a second with a million tasks waiting beside those with a thousand, in turns on the
 * same server: dispatch alone, without Kafka. Asserts nothing of speed.
 */
class LongQueueBenchmark {

  private static final int SHORT = 1_000;
  private static final int LONG = 1_000_000;
  private static final int SLOTS = 900;
  private static final int ROUNDS = 12;

  /** The first ones warm the JVM up. */
  private static final int COLD = 4;

  @Test
  void measuresDispatchWithAShortAndALongQueue() throws Exception {
    Site shortSite = Site.fresh();
    Site longSite = Site.fresh();
    try (LocalWorker shortWorker = LocalWorker.startAtRest(shortSite);
        LocalWorker longWorker = LocalWorker.startAtRest(longSite);
        Backlog shortQueue = new Backlog(shortSite);
        Backlog longQueue = new Backlog(longSite)) {
      longQueue.addTasks(LONG);
      shortQueue.addTasks(SHORT);
      for (Backlog each : List.of(shortQueue, longQueue)) {
        // What the relay would do, and without it nothing may be written.
        each.execute(
            "INSERT INTO relay_confirmation VALUES ('none', pg_postmaster_start_time(), now())");
        each.addAgents(200, 10, 0);
        each.analyze();
      }
      List<Double> shortRates = new ArrayList<>();
      List<Double> longRates = new ArrayList<>();
      for (int round = 0; round < ROUNDS; round++) {
        shortRates.add(rate(shortWorker, shortQueue));
        shortQueue.addTasks(SHORT); // As many as were assigned, less those that nobody can do.
        longRates.add(rate(longWorker, longQueue));
      }
      double few = median(shortRates);
      double many = median(longRates);
      System.out.printf(
          "dispatch: %,.0f assignments/s with about %,d waiting, %,.0f/s with %,d; ratio %.2f%n",
          few, SHORT, many, LONG, many / few);
    }
  }

  private static double rate(LocalWorker worker, Backlog queue) throws SQLException {
    queue.addAgents(SLOTS / 10, 10, 10);
    DispatchRound round = worker.bean(DispatchRound.class);
    long start = System.nanoTime();
    int assigned = 0;
    for (int some = round.run(false).assigned(); some > 0; some = round.run(false).assigned()) {
      assigned += some;
    }
    double rate = assigned / ((System.nanoTime() - start) / 1e9);
    System.out.printf("%,d assigned, %,.0f/s%n", assigned, rate);
    return rate;
  }

  private static double median(List<Double> rates) {
    List<Double> warm = rates.subList(COLD, rates.size()).stream().sorted().toList();
    return warm.get(warm.size() / 2);
  }
}
