package io.agentorchestrator.commands;

import io.agentorchestrator.commands.Decoded.Unreadable;
import io.agentorchestrator.commands.Decoded.Valid;
import io.agentorchestrator.messages.Envelope;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Sees a poll through: its dead letters first, then its one transaction; and where that fails,
 * finds out whose fault it is. A record is given up only if it failed alone, three times, for a
 * reason of its own; whatever else goes wrong is thrown, and the records wait.
 */
@Component
class CommandProcessor {

  private static final Logger LOG = LoggerFactory.getLogger(CommandProcessor.class);

  /** How often a record may fail alone before it is given up. */
  private static final int ATTEMPTS_ALONE = 3;

  /** How often a lost race is run again at once; then it is backed off from like an outage. */
  private static final int MAX_RACES = 10;

  private final CommandTransaction transaction;
  private final DeadLetters deadLetters;
  private final CommandMetrics metrics;

  CommandProcessor(
      CommandTransaction transaction, DeadLetters deadLetters, CommandMetrics metrics) {
    this.transaction = transaction;
    this.deadLetters = deadLetters;
    this.metrics = metrics;
  }

  /**
   * Applies the records of a poll in their order.
   *
   * @throws RuntimeException if PostgreSQL or Kafka fails; records may then have been applied, and
   *     will prove to be duplicates when all are given again
   */
  void process(List<ReceivedRecord> records) {
    deadLetters.send(records);
    applyOrIsolate(records);
  }

  private void applyOrIsolate(List<ReceivedRecord> records) {
    for (int attempt = 1; ; attempt++) {
      try {
        metrics.count(applyDespiteRaces(records));
        return;
      } catch (RuntimeException e) {
        metrics.countFailure(e);
        if (Failures.kindOf(e) != Failures.Kind.RECORD) {
          throw e;
        }
        if (records.size() > 1) {
          int middle = records.size() / 2;
          applyOrIsolate(records.subList(0, middle));
          applyOrIsolate(records.subList(middle, records.size()));
          return;
        }
        if (attempt == ATTEMPTS_ALONE) {
          giveUp(records.getFirst(), e);
          return;
        }
      }
    }
  }

  private List<CommandOutcome> applyDespiteRaces(List<ReceivedRecord> records) {
    Set<CommandKey> heartbeatsToClaim = new HashSet<>();
    for (int race = 1; ; race++) {
      try {
        return transaction.apply(records, heartbeatsToClaim);
      } catch (RuntimeException e) {
        if (Failures.kindOf(e) != Failures.Kind.RACE || race == MAX_RACES) {
          throw e;
        }
        metrics.countRace();
        if (e instanceof RunAgainException again) {
          heartbeatsToClaim.addAll(again.heartbeatsToClaim());
        }
      }
    }
  }

  private void giveUp(ReceivedRecord given, RuntimeException failure) {
    if (!(given.decoded() instanceof Valid valid)) {
      throw failure; // A dead letter's audit row failed: nothing of the record's own is left in it.
    }
    LOG.atError()
        .addKeyValue("topic", given.record().topic())
        .addKeyValue("partition", given.record().partition())
        .addKeyValue("offset", given.record().offset())
        .setCause(failure)
        .log("A command failed alone {} times and goes to the dead letters", ATTEMPTS_ALONE);
    Envelope envelope = valid.envelope();
    ReceivedRecord deadLetter =
        new ReceivedRecord(
            given.record(),
            new Unreadable(
                DeadLetterReason.PROCESSING_FAILED,
                "%s failed %d times: %s"
                    .formatted(envelope.type().value(), ATTEMPTS_ALONE, summary(failure)),
                new Identity(
                    envelope.source(),
                    envelope.id(),
                    envelope.type(),
                    envelope.type().value(),
                    envelope.subject(),
                    envelope.actor())));
    deadLetters.send(List.of(deadLetter));
    applyOrIsolate(List.of(deadLetter));
  }

  /** The kind of failure; its message could carry what the record held. */
  private static String summary(Throwable failure) {
    String state = Failures.sqlState(failure);
    if (state != null) {
      return "SQLSTATE " + state;
    }
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    return cause.getClass().getSimpleName();
  }
}
