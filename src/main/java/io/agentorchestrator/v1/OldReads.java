package io.agentorchestrator.v1;

import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Agents and tasks in the shape of the service before, wherever they are. */
interface OldReads {

  /** Whether an answer can be as fresh as an entry of the log. */
  boolean knowPositions();

  /** Lists agents. */
  OldPage agents(OldQuery<OldAgentStatus> query);

  /** Lists tasks. */
  OldPage tasks(OldQuery<OldTaskStatus> query);

  /**
   * Finds a task.
   *
   * @param id as it stands in the path
   * @throws org.springframework.web.ErrorResponseException if there can be no such id
   */
  Optional<ObjectNode> task(String id);
}
