package io.agentorchestrator.commands;

import io.agentorchestrator.commands.Decoded.Valid;
import io.agentorchestrator.messages.Command.BulkAgents;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a poll where a transaction has to end: an operation on many agents has one of its own, for
 * its locks are many, and it may go back to a point within.
 */
final class PollCuts {

  private PollCuts() {}

  /** Returns the records in their order, cut into what one transaction applies; none is empty. */
  static List<List<ReceivedRecord>> of(List<ReceivedRecord> records) {
    List<List<ReceivedRecord>> cuts = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < records.size(); i++) {
      if (isAlone(records.get(i))) {
        if (start < i) {
          cuts.add(records.subList(start, i));
        }
        cuts.add(records.subList(i, i + 1));
        start = i + 1;
      }
    }
    if (start < records.size()) {
      cuts.add(records.subList(start, records.size()));
    }
    return cuts;
  }

  private static boolean isAlone(ReceivedRecord each) {
    return each.decoded() instanceof Valid valid && valid.command() instanceof BulkAgents;
  }
}
