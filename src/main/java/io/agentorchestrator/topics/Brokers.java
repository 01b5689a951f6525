package io.agentorchestrator.topics;

import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.kafka.core.KafkaAdmin;
import org.springframework.stereotype.Component;

/**
 * The one client by which this worker asks brokers, again and again, about topics and partitions:
 * made when first needed, kept to the end. Whoever closes it closes it for all.
 */
@Component
public class Brokers implements AutoCloseable {

  private final Supplier<Admin> admins;
  private @Nullable Admin admin;

  @Autowired
  Brokers(KafkaAdmin kafka) {
    this(() -> Admin.create(kafka.getConfigurationProperties()));
  }

  Brokers(Supplier<Admin> admins) {
    this.admins = admins;
  }

  /**
   * Returns the client, whether or not a broker can be reached.
   *
   * @throws KafkaException if there can be none, as where no address of a broker is known
   */
  public synchronized Admin client() {
    if (admin == null) {
      admin = admins.get();
    }
    return Objects.requireNonNull(admin);
  }

  /** Closes it; whoever needs one again is given another. */
  @Override
  public synchronized void close() {
    if (admin != null) {
      admin.close(Duration.ZERO);
      admin = null;
    }
  }
}
