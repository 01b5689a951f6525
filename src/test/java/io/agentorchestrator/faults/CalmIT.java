package io.agentorchestrator.faults;

import io.agentorchestrator.local.LocalWorker;
import io.agentorchestrator.local.Site;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Nothing breaks: what the oracle says of a plan is then true of the plan, and not of a fault. */
@Tag("faults")
class CalmIT {

  private static final long SEED = 1;

  @Test
  void judgesWhatCameOfAPlan() {
    Site site = Site.fresh();
    try (LocalWorker worker = LocalWorker.start(site);
        Load load = new Load(site, Plan.of(SEED, 300, Plan.Repetitions.OF_ALL_COMMANDS), 500)) {
      Oracle.Verdict verdict =
          Oracle.judge(site, load, false, worker.rest(), List.of(worker.management()));
      System.out.println(verdict);
    }
  }
}
