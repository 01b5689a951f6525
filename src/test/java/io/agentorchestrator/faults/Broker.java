package io.agentorchestrator.faults;

import io.agentorchestrator.local.Site;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;

/** Asks a site's broker for what a fault needs of it, past whatever lies before it. */
final class Broker {

  private Broker() {}

  /** What is asked for. */
  interface Request {
    void send(Admin admin) throws ExecutionException, InterruptedException;
  }

  static void ask(Site site, Request request) {
    try (Admin admin =
        Admin.create(Map.of("bootstrap.servers", site.servers().bootstrapServers()))) {
      request.send(admin);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
