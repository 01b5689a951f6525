package io.agentorchestrator.database;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.springframework.stereotype.Component;

/** What the threads that use the database are at, for whoever finds a connection overdue. */
@Component
public class CurrentWork {

  private final Map<String, Supplier<String>> byThread = new ConcurrentHashMap<>();

  /**
   * Does something on this thread. The thread's name has to be its alone.
   *
   * @param what tells, if anybody asks meanwhile and from another thread, what it is
   */
  public void during(Supplier<String> what, Runnable work) {
    String thread = Thread.currentThread().getName();
    byThread.put(thread, what);
    try {
      work.run();
    } finally {
      byThread.remove(thread);
    }
  }

  /** Returns what the thread of this name is at, if it has told. */
  Optional<String> of(String thread) {
    return Optional.ofNullable(byThread.get(thread)).map(Supplier::get);
  }
}
