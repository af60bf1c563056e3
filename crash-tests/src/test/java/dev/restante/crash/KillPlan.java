package dev.restante.crash;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * When what is killed. It follows from a seed alone: {@code -Drestante.crash.seed} replays it.
 *
 * @param seed the seed
 * @param steps what happens, one after the other
 */
record KillPlan(long seed, List<Step> steps) {
  /** What is killed. */
  enum Victim {
    /** The node, at any moment. */
    NODE,
    /** The node, when a device has just submitted something. */
    NODE_IN_SUBMIT,
    /** The node, while it begins. */
    NODE_BEGINNING,
    /** The database, under a node that stays. */
    DATABASE,
    /** The same, while it commits messages, and for so long that clients are told of it. */
    DATABASE_IN_COMMIT,
    /** The database and then the node; the next node begins before the database does. */
    BOTH
  }

  /**
   * One kill.
   *
   * @param victim what is killed
   * @param afterMillis how long after the node was up, or began
   * @param furtherMillis how long after that a device submitted something
   * @param outageMillis how long a database stays away
   */
  record Step(Victim victim, int afterMillis, int furtherMillis, int outageMillis) {}

  /**
   * Longer than a node tries to find out by itself what became of a commit, with the time-outs of
   * {@link ChildNode}.
   */
  private static final int LONG_OUTAGE_MILLIS = 3_500;

  /** So long a commit is under way at least. */
  private static final int MOST_FURTHER_MILLIS = 6;

  private static final List<Victim> DATABASE_VICTIMS =
      List.of(Victim.DATABASE, Victim.BOTH, Victim.DATABASE_IN_COMMIT);

  static KillPlan of(long seed, int nodes, int databases) {
    Random random = new Random(seed);
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < nodes; i++) {
      Victim victim =
          i % 10 == 7 ? Victim.NODE_BEGINNING : i % 3 != 2 ? Victim.NODE_IN_SUBMIT : Victim.NODE;
      int after = (victim == Victim.NODE_BEGINNING ? 150 : 200) + random.nextInt(600);
      steps.add(new Step(victim, after, random.nextInt(MOST_FURTHER_MILLIS), 0));
    }
    for (int i = 0; i < databases; i++) {
      Victim victim = DATABASE_VICTIMS.get(i % DATABASE_VICTIMS.size());
      boolean commits = victim == Victim.DATABASE_IN_COMMIT;
      int outage = commits ? LONG_OUTAGE_MILLIS : random.nextInt(800);
      steps.add(
          random.nextInt(steps.size()), new Step(victim, 200 + random.nextInt(400), 0, outage));
    }
    return new KillPlan(seed, List.copyOf(steps));
  }

  long count(Victim victim) {
    return steps.stream().filter(step -> step.victim == victim).count();
  }

  /** The seed that was asked for, or a new one. */
  static long askedSeed() {
    String asked = System.getProperty("restante.crash.seed", "");
    return asked.isEmpty() ? new Random().nextInt(1_000_000) : Long.parseLong(asked);
  }
}
