package io.agentorchestrator.services;

/**
 * How many probes in a row, up to the last, ended in what way.
 *
 * @param failures without a good answer
 * @param impaired without a good answer in good time
 * @param answers with a good answer
 * @param successes with a good answer in good time
 */
record Streaks(int failures, int impaired, int answers, int successes) {

  /** Before the first probe. */
  static final Streaks NONE = new Streaks(0, 0, 0, 0);

  /** Those after one more probe. */
  Streaks after(Outcome outcome) {
    boolean answered = !outcome.isFailure();
    boolean succeeded = outcome == Outcome.OK;
    return new Streaks(
        answered ? 0 : failures + 1,
        succeeded ? 0 : impaired + 1,
        answered ? answers + 1 : 0,
        succeeded ? successes + 1 : 0);
  }
}
