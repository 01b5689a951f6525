package io.agentorchestrator.commands;

import io.agentorchestrator.commands.Decoded.Unreadable;
import io.agentorchestrator.commands.Decoded.Valid;
import io.agentorchestrator.database.CurrentWork;
import io.agentorchestrator.messages.Envelope;
import io.agentorchestrator.sqlstate.SqlStates;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Sees a poll through: its dead letters first, then its one transaction, or, around what needs one
 * alone, several; and where one fails, finds out whose fault it is. A record is given up only if it
 * failed alone, three times, for a reason of its own, and if right after that another can be
 * written; whatever else goes wrong is thrown, and the records wait.
 */
@Component
class CommandProcessor {

  private static final Logger LOG = LoggerFactory.getLogger(CommandProcessor.class);

  /** How often a record may fail alone before it is given up. */
  private static final int ATTEMPTS_ALONE = 3;

  /**
   * How often a lost race is run again at once; then with half of the records, and one that loses
   * alone is backed off from like an outage.
   */
  private static final int MAX_RACES = 10;

  /** Of so many records of a poll the id is logged where it takes too long. */
  private static final int MOST_NAMED = 100;

  private static final Pattern CONTROLS = Pattern.compile("\\p{Cntrl}");

  private final CommandTransaction transaction;
  private final DeadLetters deadLetters;
  private final CommandMetrics metrics;
  private final CurrentWork work;

  CommandProcessor(
      CommandTransaction transaction,
      DeadLetters deadLetters,
      CommandMetrics metrics,
      CurrentWork work) {
    this.work = work;
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
    PollCuts.of(records).forEach(cut -> work.during(() -> ids(cut), () -> applyOrIsolate(cut)));
  }

  /** The records' ids, the first ones by name. */
  private static String ids(List<ReceivedRecord> records) {
    String first =
        records.stream()
            .limit(MOST_NAMED)
            .map(CommandProcessor::id)
            .collect(Collectors.joining(", "));
    return records.size() <= MOST_NAMED
        ? first
        : "%s and %d more".formatted(first, records.size() - MOST_NAMED);
  }

  private static String id(ReceivedRecord each) {
    String id =
        switch (each.decoded()) {
          case Valid valid -> valid.envelope().source() + " " + valid.envelope().id();
          case Unreadable unused ->
              "%s-%d@%d"
                  .formatted(
                      each.record().topic(), each.record().partition(), each.record().offset());
        };
    return CONTROLS.matcher(id).replaceAll("?");
  }

  private void applyOrIsolate(List<ReceivedRecord> records) {
    for (int attempt = 1; ; attempt++) {
      try {
        tell(records, applyDespiteRaces(records));
        return;
      } catch (RuntimeException e) {
        metrics.countFailure(e);
        Failures.Kind kind = Failures.kindOf(e);
        boolean alone = records.size() == 1;
        // The fewer rows a transaction wants at once, the fewer races it loses.
        if (kind == Failures.Kind.INFRASTRUCTURE || (kind == Failures.Kind.RACE && alone)) {
          throw e;
        }
        if (!alone) {
          int middle = records.size() / 2;
          applyOrIsolate(records.subList(0, middle));
          applyOrIsolate(records.subList(middle, records.size()));
          return;
        }
        ReceivedRecord deadLetter = deadLetter(records.getFirst(), e);
        // After each try, not only the last: an outage may end between that and the giving up.
        CommandOutcome rehearsed = rehearse(deadLetter, e);
        if (rehearsed.kind() == CommandOutcome.Kind.DUPLICATE) {
          // By whoever had the partition before; the offset was not committed any more.
          tell(List.of(deadLetter), List.of(rehearsed));
          return;
        }
        if (attempt == ATTEMPTS_ALONE) {
          giveUp(deadLetter, e);
          return;
        }
      }
    }
  }

  /** Of outcomes that are committed. */
  private void tell(List<ReceivedRecord> records, List<CommandOutcome> outcomes) {
    metrics.count(outcomes);
    for (int i = 0; i < outcomes.size(); i++) {
      records.get(i).span().end(outcomes.get(i));
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

  private static ReceivedRecord deadLetter(ReceivedRecord given, RuntimeException failure) {
    if (!(given.decoded() instanceof Valid valid)) {
      throw failure; // A dead letter's audit row failed: nothing of the record's own is left in it.
    }
    Envelope envelope = valid.envelope();
    return given.as(
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
                envelope.actor(),
                envelope.traceparent())));
  }

  private CommandOutcome rehearse(ReceivedRecord deadLetter, RuntimeException failure) {
    try {
      return transaction.rehearse(deadLetter);
    } catch (RuntimeException e) {
      e.addSuppressed(failure);
      throw e; // Nothing can be written: that is why it failed, as far as anybody can tell.
    }
  }

  private void giveUp(ReceivedRecord deadLetter, RuntimeException failure) {
    deadLetter.span().run(() -> tellGivingUp(deadLetter, failure));
    deadLetters.send(List.of(deadLetter));
    applyOrIsolate(List.of(deadLetter));
  }

  private static void tellGivingUp(ReceivedRecord deadLetter, RuntimeException failure) {
    LOG.atError()
        .addKeyValue("topic", deadLetter.record().topic())
        .addKeyValue("partition", deadLetter.record().partition())
        .addKeyValue("offset", deadLetter.record().offset())
        .setCause(failure)
        .log("A command failed alone {} times and goes to the dead letters", ATTEMPTS_ALONE);
  }

  /** The kind of failure; its message could carry what the record held. */
  private static String summary(Throwable failure) {
    String state = SqlStates.of(failure);
    if (state != null) {
      return "SQLSTATE " + state;
    }
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    return cause.getClass().getSimpleName();
  }
}
