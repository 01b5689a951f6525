package io.agentorchestrator.engine;

/** Something that time brings about. */
interface EngineTimer {

  /** The most that is brought about in one transaction. */
  int MOST = 100;

  /**
   * Brings about what is due, in one transaction, or a part of it.
   *
   * @return whether there may be more that could be done at once
   */
  boolean run();
}
