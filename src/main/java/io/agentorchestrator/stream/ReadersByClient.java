package io.agentorchestrator.stream;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How many readers each client has. Who has none is not remembered. */
final class ReadersByClient {

  private final int most;
  private final Map<String, Integer> readers = new ConcurrentHashMap<>();

  /**
   * There are none yet.
   *
   * @param most how many a client may have
   */
  ReadersByClient(int most) {
    this.most = most;
  }

  int most() {
    return most;
  }

  /**
   * Takes one in.
   *
   * @return false if the client has as many as it may; then nothing is to be left
   */
  boolean enter(String client) {
    if (readers.merge(client, 1, Integer::sum) <= most) {
      return true;
    }
    leave(client);
    return false;
  }

  /** Lets one out that was taken in. */
  void leave(String client) {
    readers.merge(client, -1, (had, less) -> had + less);
    readers.remove(client, 0);
  }

  /** How many clients have any. */
  int clients() {
    return readers.size();
  }
}
