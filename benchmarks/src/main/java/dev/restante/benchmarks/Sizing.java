package dev.restante.benchmarks;

/**
 * How many users drain in a round: as many as the library, at its best so far, takes so long for.
 */
final class Sizing {
  private static final int MOST_USERS = 20_000;

  private final int backlog;
  private final int sessions;
  private double entriesPerSecond;

  Sizing(int backlog, int sessions) {
    this.backlog = backlog;
    this.sessions = sessions;
  }

  int backlog() {
    return backlog;
  }

  int users(double seconds) {
    if (entriesPerSecond == 0) {
      return 2 * sessions;
    }
    int wanted = (int) (entriesPerSecond * seconds / backlog);
    return Math.max(sessions, Math.min(MOST_USERS, wanted));
  }

  void measured(Round round) {
    entriesPerSecond = Math.max(entriesPerSecond, round.perSecond());
  }
}
