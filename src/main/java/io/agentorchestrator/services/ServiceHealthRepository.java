package io.agentorchestrator.services;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.data.jpa.repository.NativeQuery;
import org.springframework.data.repository.Repository;
import org.springframework.data.repository.query.Param;

/** What is held of the services. */
interface ServiceHealthRepository extends Repository<ServiceHealth, UUID> {

  /** Finds those of the services given of which there is something to tell. */
  List<ServiceHealth> findByIdIn(Collection<UUID> ids);

  /** Locks one until the transaction ends. */
  @NativeQuery("SELECT * FROM service_health WHERE id = :id FOR NO KEY UPDATE")
  Optional<ServiceHealth> lock(@Param("id") UUID id);
}
