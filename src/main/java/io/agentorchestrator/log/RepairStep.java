package io.agentorchestrator.log;

/** How far a repair has come, for whoever watches. Each is told once it is done. */
public enum RepairStep {
  /** No relay leads, and none can until the repair ends. */
  LEADING("no relay leads; holding them off"),
  /** No relay that led before can publish any more. */
  FENCED("earlier relays can publish no more"),
  /** Records of the log topic were read; the number says how many. */
  READ("records read from the log topic"),
  /** All workers wait before their next transaction. */
  PAUSED("all workers are paused"),
  /** Table and topic are compared; the number says how many entries are missing on the topic. */
  COMPARED("entries are missing on the topic"),
  /** The checkpoint says that a repair is under way. */
  MARKED("the checkpoint says that a repair is under way"),
  /** Rows were put into the log's table; the number says how many. */
  RESTORED("entries brought back from the topic"),
  /** The slot can be used. */
  SLOT_READY("the replication slot is ready"),
  /** Entries were published; the number says how many so far. */
  PUBLISHED("entries published"),
  /** The topic was read again and holds what it should. */
  VERIFIED("table and topic agree"),
  /** The relay can start. */
  CHECKPOINTED("the checkpoint is written: the relay can start");

  private final String text;

  RepairStep(String text) {
    this.text = text;
  }

  /** Returns what was done, in words for people; a number may stand before it. */
  public String text() {
    return text;
  }

  /** Hears of steps. */
  @FunctionalInterface
  public interface Listener {

    /**
     * Hears of one, on the repair's own thread.
     *
     * @param step what was done
     * @param count how much of it, where that has a meaning; else 0
     */
    void done(RepairStep step, long count);
  }
}
