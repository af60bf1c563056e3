package dev.restante.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.Health;
import dev.restante.Restante;
import dev.restante.api.ConversationId;
import dev.restante.api.LogEntry;
import dev.restante.api.Refusal.Code;
import dev.restante.api.UserId;
import dev.restante.api.message.HistoryPage;
import dev.restante.api.message.HistoryQuery;
import dev.restante.crash.Journal.Kind;
import dev.restante.crash.KillPlan.Step;
import dev.restante.crash.KillPlan.Victim;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** Carries out a plan on a store, lets the last node finish, and gathers what came of it. */
final class CrashRun {
  /** How often a database is killed until a commit was under way. */
  private static final int MOST_TRIES = 5;

  private final String store;
  private final @Nullable Database database;
  private final Path journal;
  private final KillPlan plan;
  private final boolean slow;
  private int incarnation;

  CrashRun(String store, @Nullable Database database, Path journal, KillPlan plan) {
    this(store, database, journal, plan, false);
  }

  private CrashRun(
      String store, @Nullable Database database, Path journal, KillPlan plan, boolean slow) {
    this.store = store;
    this.database = database;
    this.journal = journal;
    this.plan = plan;
    this.slow = slow;
  }

  /**
   * The same on a store that may need longer for its first commits than a node lives: a node that
   * is up is killed only after it has acknowledged something.
   */
  CrashRun onASlowStore() {
    return new CrashRun(store, database, journal, plan, true);
  }

  Evidence carryOut() {
    prepare(store);
    Child child = start();
    child.awaitNew(Kind.UP);
    for (Step step : plan.steps()) {
      child = carryOut(step, child);
    }
    for (Step step : plan.spare()) {
      Evidence.Tally soFar = Evidence.soFar(List.of(journal)).tally();
      if ((database == null ? soFar.missing() : soFar.missingWithDatabase()).isEmpty()) {
        break;
      }
      child = carryOut(step, child);
    }
    touch(ChildNode.stopFile(journal));
    touch(ChildNode.finishFile(journal));
    assertThat(child.awaitEnd()).as("how the last node ended").isZero();
    Evidence evidence = new Evidence(logs(store));
    evidence.add(Journal.read(journal));
    assertThat(errors(journal)).isEmpty();
    return evidence;
  }

  /** What the nodes logged as errors: there is none, whatever is killed. */
  static List<String> errors(Path journal) {
    try {
      return Files.readAllLines(Child.output(journal)).stream()
          .filter(line -> line.contains(" ERROR ") || line.startsWith("Exception in "))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Each step begins with a node that is up and ends with one. */
  private Child carryOut(Step step, Child child) {
    if (step.victim() != Victim.NODE_BEGINNING) {
      if (slow) {
        child.awaitNew(Kind.ACK);
      }
      child.run(step.afterMillis());
    }
    if (step.victim() == Victim.DATABASE_IN_COMMIT) {
      for (int i = 0; i < MOST_TRIES && !outage(step, child, true); i++) {
        child.run(step.afterMillis());
      }
      return child;
    }
    if (step.victim() == Victim.DATABASE) {
      outage(step, child, false);
      return child;
    }
    if (step.victim() == Victim.BOTH) {
      killDatabase(false);
    }
    if (step.victim() == Victim.NODE_IN_SUBMIT) {
      child.skip();
      child.awaitNew(Kind.INTENT);
      child.run(step.furtherMillis());
    }
    child.kill();
    Child next = start();
    if (step.victim() == Victim.NODE_BEGINNING) {
      next.run(step.afterMillis());
      next.kill();
      next = start();
    } else if (step.victim() == Victim.BOTH) {
      next.run(step.outageMillis());
      startDatabase();
    }
    next.awaitNew(Kind.UP);
    return next;
  }

  /**
   * The database goes and comes back under a node that stays.
   *
   * @return whether a client was told that it is not known whether his message was accepted: a
   *     commit was under way, and was not only about to begin
   */
  private boolean outage(Step step, Child child, boolean commits) {
    child.skip();
    killDatabase(commits);
    child.run(step.outageMillis());
    startDatabase();
    boolean met = child.hasRefused(Code.OUTCOME_UNKNOWN);
    child.awaitNew(Kind.ACK);
    return met;
  }

  private Child start() {
    return Child.start(store, journal, plan.seed() + ++incarnation, World.DEVICES);
  }

  private void killDatabase(boolean commits) {
    if (database != null) {
      if (commits) {
        database.awaitCommit();
      }
      database.kill();
    }
  }

  private void startDatabase() {
    if (database != null) {
      database.startAgain();
    }
  }

  // ---- before and after
  // --------------------------------------------------------------------------

  static void prepare(String store) {
    try (Restante node = up(store)) {
      World.prepare(node);
    }
  }

  private static Restante up(String store) {
    Restante node = ChildNode.node(store);
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> node.health().state() == Health.State.UP);
    return node;
  }

  static void touch(Path file) {
    try {
      Files.createFile(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Every conversation as it stands in the store. */
  static Map<ConversationId, List<LogEntry>> logs(String store) {
    Map<ConversationId, List<LogEntry>> all = new LinkedHashMap<>();
    try (Restante node = up(store)) {
      for (ConversationId conversation : World.CONVERSATIONS.keySet()) {
        all.put(conversation, log(node, conversation));
      }
    }
    return all;
  }

  private static List<LogEntry> log(Restante node, ConversationId conversation) {
    UserId reader = World.members(conversation).iterator().next();
    List<LogEntry> entries = new ArrayList<>();
    HistoryQuery all = HistoryQuery.after(conversation, 0, HistoryQuery.MAX_LIMIT);
    for (Optional<HistoryQuery> next = Optional.of(all); next.isPresent(); ) {
      HistoryPage page = World.get(node.messages().history(reader, next.get())).orThrow();
      entries.addAll(page.entries());
      next = page.next();
    }
    return entries;
  }
}
