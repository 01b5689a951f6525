package io.agentorchestrator.engine;

import java.util.UUID;
import org.springframework.data.repository.Repository;

/** The bulk operations carried out. */
interface BulkOperationRepository extends Repository<BulkOperation, UUID> {

  /** Whether there was one of this id. */
  boolean existsById(UUID id);
}
