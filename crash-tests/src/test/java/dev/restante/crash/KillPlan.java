package dev.restante.crash;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * When what is killed. It follows from a seed alone: {@code -Drestante.crash.seed} replays it.
 *
 * @param seed the seed
 * @param steps what happens, one after the other
 * @param spare what happens then as long as something that kills have to show was not seen: on a
 *     machine that is slow just now devices say little between two of them
 */
record KillPlan(long seed, List<Step> steps, List<Step> spare) {
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

  private static final int SPARE = 30;

  /** So long a commit is under way at least. */
  private static final int MOST_FURTHER_MILLIS = 6;

  private static final List<Victim> DATABASE_VICTIMS =
      List.of(Victim.DATABASE, Victim.BOTH, Victim.DATABASE_IN_COMMIT);

  static KillPlan of(long seed, int nodes, int databases) {
    Random random = new Random(seed);
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < nodes; i++) {
      steps.add(ofNode(i, random));
    }
    for (int i = 0; i < databases; i++) {
      steps.add(random.nextInt(steps.size()), ofDatabase(i, random));
    }
    List<Step> spare = new ArrayList<>();
    for (int i = 0; i < SPARE; i++) {
      spare.add(
          databases > 0 && i % 2 == 0
              ? ofDatabase(DATABASE_VICTIMS.indexOf(Victim.DATABASE_IN_COMMIT), random)
              : ofNode(i, random));
    }
    return new KillPlan(seed, List.copyOf(steps), List.copyOf(spare));
  }

  private static Step ofNode(int i, Random random) {
    Victim victim =
        i % 10 == 7 ? Victim.NODE_BEGINNING : i % 3 != 2 ? Victim.NODE_IN_SUBMIT : Victim.NODE;
    int after = (victim == Victim.NODE_BEGINNING ? 150 : 200) + random.nextInt(600);
    return new Step(victim, after, random.nextInt(MOST_FURTHER_MILLIS), 0);
  }

  private static Step ofDatabase(int i, Random random) {
    Victim victim = DATABASE_VICTIMS.get(i % DATABASE_VICTIMS.size());
    int outage = victim == Victim.DATABASE_IN_COMMIT ? LONG_OUTAGE_MILLIS : random.nextInt(800);
    return new Step(victim, 200 + random.nextInt(400), 0, outage);
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
