package io.agentorchestrator.engine;

import io.agentorchestrator.log.Cause;
import io.agentorchestrator.messages.Command;
import io.agentorchestrator.messages.Command.BulkAgents;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Applies a command to what its transaction has locked. */
@Component
public class Engine {

  private final EntityCommands entityCommands;
  private final BulkOperations bulkOperations;

  Engine(EntityCommands entityCommands, BulkOperations bulkOperations) {
    this.entityCommands = entityCommands;
    this.bulkOperations = bulkOperations;
  }

  /**
   * Makes a bulk operation name all whom it is about, where it tells only by a condition. To be
   * done before the locks are taken, for what is named is what will be locked.
   */
  public BulkAgents resolve(BulkAgents bulk) {
    return bulkOperations.resolve(bulk);
  }

  /**
   * Applies a command, or says why not.
   *
   * @param command a bulk operation as {@link #resolve} returned it
   * @param partition the partition it came on
   */
  public Optional<Refusal> apply(
      Command command, UUID subject, int partition, Cause cause, WorkingSet set) {
    return command instanceof BulkAgents bulk
        ? bulkOperations.apply(bulk, subject, cause, set)
        : entityCommands.apply(command, subject, partition, cause, set).map(Refusal::of);
  }
}
