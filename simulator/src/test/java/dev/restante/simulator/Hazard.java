package dev.restante.simulator;

import static dev.restante.simulator.Surgery.engine;
import static dev.restante.simulator.Surgery.store;

import dev.restante.simulator.Surgery.Cut;
import dev.restante.storage.Store;
import dev.restante.storage.memory.MemoryStorage;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * A hazard that engine and stores are made to keep out, and a mutant that lets it in.
 *
 * @param where what is broken
 * @param name the hazard, as the table of {@code docs/simulator.md} names it
 * @param needed faults without which it cannot show
 * @param mutant makes what tells stories with the hazard: it answers a seed with the names of the
 *     invariants that were violated
 * @param control makes what the mutant is compared with: stories that end well without the hazard
 */
record Hazard(
    Where where,
    String name,
    Set<Fault> needed,
    Supplier<LongFunction<List<String>>> mutant,
    Supplier<LongFunction<List<String>>> control) {
  /** What is broken. */
  enum Where {
    /** The store breaks its contract. */
    STORE,
    /** Between engine and store something takes away what the engine does. */
    SEAM,
    /** The engine's own source lacks the protection. */
    ENGINE
  }

  private static final LongFunction<List<String>> UNHURT = new Surgery.Teller();

  /** All of them, in the order of the streams' rules, sequencing, submitting and committing. */
  static List<Hazard> all() {
    List<Hazard> all = new ArrayList<>();
    streams(all);
    reading(all);
    sequencing(all);
    submitting(all);
    committing(all);
    hinting(all);
    relaying(all);
    leasing(all);
    fencing(all);
    return all;
  }

  private static void leasing(List<Hazard> all) {
    cut(
        all,
        "lease renewed whoever has it",
        List.of(
            engine(
                "LeaseRecord",
                "RecordWrite.replace(\n        key, before.version, version,",
                "RecordWrite.set(key, version,")),
        Fault.NODE_PAUSE);
    cut(
        all,
        "lease taken over before its time",
        engine("Lease", "sentNanos - seenSinceNanos >= duration.toNanos();", "true;"));
    cut(
        all,
        "lease of a node that died never taken over",
        List.of(engine("Lease", "sentNanos - seenSinceNanos >= duration.toNanos();", "false;")),
        Fault.NODE_CRASH);
    cut(
        all,
        "work under a lease not fenced",
        List.of(engine("DedupSweeper", "            fence);", "            List.of());")),
        Fault.NODE_PAUSE);
  }

  private static void fencing(List<Hazard> all) {
    cut(
        all,
        "fence of the holder before left as it is",
        List.of(
            engine(
                "Lease",
                "            putUpFence(before);",
                """
                            if (before.version() == 0) {
                              putUpFence(before);
                            } else {
                              fenced(before.version());
                              letGoOrPause();
                            }
                """)),
        Fault.NODE_PAUSE);
  }

  private static void relaying(List<Hazard> all) {
    cut(
        all,
        "enqueued row removed before it was submitted",
        engine(
            "RelayEngine",
            "            submit(taken);",
            "            settle(taken.rows(), List.of(), true); submit(taken);"));
    cut(
        all,
        "enqueued row removed after a refusal for a passing reason",
        engine("RelayEngine", "        refused.put(row.draft().lane(), true);", "done.add(row);"));
    cut(
        all,
        "enqueued row overtaken by its successors",
        List.of(
            engine(
                "RelayEngine",
                "return messages.submit(draft, lane);",
                "return messages.submit(draft, null);")),
        Fault.OVERLOAD);
    cut(
        all,
        "refusal of an enqueued row forgotten",
        engine(
            "RelayEngine",
            "        dead.add(new DeadRow(",
            "done.add(row); Object no = (new DeadRow("));
  }

  private static void streams(List<Hazard> all) {
    broken(all, "floor forgotten: numbers used twice", Mutant::floorForgotten);
    cut(
        all,
        Where.STORE,
        "floor not raised when trimming leaves nothing",
        List.of(
            store(
                "Stream",
                "floor = Math.max(floor, rows.removeThrough(target, maxRows, this::onTrimmed));",
                "long to = rows.removeThrough(target, maxRows, this::onTrimmed);"
                    + "floor = rows.isEmpty() ? floor : Math.max(floor, to);")));
    broken(all, "floor not told to a reader below it", Mutant::floorNotTold);
    // Trimming by the fastest device stands for every other cause of a cursor below the floor.
    cut(
        all,
        "cursor below the floor taken for a good one",
        List.of(engine("Feed", "slice.floor() > tail || ", "")),
        List.of(
            engine(
                "Trimmer",
                "Math.min(least.orElse(Long.MAX_VALUE), cursor.position())",
                "Math.max(least.orElse(0), cursor.position())")));
    broken(all, "trims more than was acknowledged", Mutant::trimsTooMuch);
    broken(all, "compaction removes rows that others need", Mutant::compactsReferences);
    cut(
        all,
        "hole that compaction left taken for a loss",
        engine(
            "Feed",
            "    tail = slice.scannedTo();\n",
            """
            long at = tail;
            for (InboxItem item : slice.items()) {
              if (item.row().position() > tail && item.row().position() != at + 1) {
                return true;
              }
              at = Math.max(at, item.row().position());
            }
            tail = slice.scannedTo();
            """));
    cut(
        all,
        "cursor beyond the head not noticed",
        List.of(
            engine("Opening", "return beyond;", "return false;"),
            engine("Opening", "if (beyond) {", "if (false) {"),
            engine(
                "Feed",
                "if (!slice.more() && slice.scannedTo() < Math.max(read.expected, tail)) {",
                "if (false) {"),
            engine("Session", "lost = head < polled.tail;", "lost = false;")),
        Fault.LOST_WRITES);
    cut(
        all,
        "epoch not raised after a loss",
        List.of(
            engine("SyncEngine", "Epoch.above(seenEpoch),", "Epoch.above(seenEpoch - 1),"),
            engine("SyncEngine", "epoch.raised(seenEpoch + 1);", "epoch.raised(seenEpoch);")),
        Fault.LOST_WRITES);
    cut(all, "countable ordinal counts every kind", engine("Plan", "if (counts) {", "if (true) {"));
    broken(all, "server time goes back in the store", Mutant::timesGoBack);
    cut(
        all,
        "server time not kept above the predecessor's",
        List.of(
            engine(
                "Plan",
                "times[slot] = Math.max(nowMillis, times[slot]);",
                "times[slot] = nowMillis;")),
        Fault.CLOCK_STEP);
    cut(
        all,
        "server time runs ahead without a bound",
        engine(
            "Plan",
            "Math.max(nowMillis, times[slot]);",
            "Math.max(nowMillis, times[slot] + 500);"));
    broken(all, "compare-and-max is a set", Mutant::maxReplacedBySet, Fault.LANDS_LATER);
    broken(all, "versions of records ignored", Mutant::versionsIgnored);
  }

  private static void reading(List<Hazard> all) {
    broken(all, "inbox read hides a row", Mutant::rowHidden);
    broken(all, "scannedTo beyond what was read", Mutant::scannedTooFar);
    broken(all, "log read forgets that more follows", Mutant::moreForgotten);
    seam(all, "session skips an entry", Mutant::nextTakenWithoutLooking);
    cut(
        all,
        "session takes from memory an entry that is not the next",
        engine("Feed", "            && items.get(0).row().position() == tail + 1\n", ""));
    cut(
        all,
        "session takes from memory before it read its backlog",
        engine(
            "Feed",
            """
                        && atTail
                        && !reading
                        && knownHead <= tail
                        && items.get(0).row().position() == tail + 1
            """,
            ""));
    cut(
        all,
        "session learns only of what its own node wrote",
        engine("Session", "        feed.know(head);\n", ""));
    cut(
        all,
        "caught up told before the end was reached",
        engine(
            "Feed",
            "return buffer.isEmpty() && atTail && !announced && knownHead <= tail;",
            "return buffer.isEmpty() && !announced;"));
    cut(
        all,
        "entry set aside before it was handed out often enough",
        engine(
            "Standstill", "return isCareful() && resends >= maxResends;", "return isCareful();"));
    cut(
        all,
        "entry that a device dies of handed to it for ever",
        engine("Feed", "stands.setsAside(maxResends) ? stands.place() + 1 : 0", "0"));
    cut(
        all,
        "too long answered without gap markers",
        engine("SnapshotReader", "first > talk.fromSeq() ?", "first == Long.MIN_VALUE ?"));
    cut(
        all,
        "head loaded anew, its members kept",
        List.of(
            engine("LogState", "    group = null;\n", "    if (true) { return; }\n"),
            engine(
                "Load",
                "              applyMembers(log, known);",
                "if (log.users.length == 0) { applyMembers(log, known); }")));
    cut(
        all,
        "change of a group reaches no inbox",
        engine("GroupWork", "    tell(plan, where, taken, row);\n", ""));
    cut(
        all,
        "who left a group reads on",
        List.of(
            engine("MessageEngine", "Math.min(query.toSeq(), visible.toSeq());", "query.toSeq();"),
            engine("MessageEngine", "Math.min(last, Talk.of(again).toSeq());", "last;")));
    cut(
        all,
        "snapshot tells an old title",
        engine(
            "SnapshotReader",
            "talk.isMember() && group != null ? group.title() : talk.title();",
            "talk.title();"));
    cut(
        all,
        "acknowledged place recorded one entry short",
        engine(
            "Session", "              place.position(),\n", "Math.max(0, place.position() - 1),"));
    cut(
        all,
        "deliveries without demand",
        engine(
            "Session",
            "deliver = !emitting && demand > 0 && feed.hasNext();",
            "deliver = !emitting && feed.hasNext();"));
  }

  private static void sequencing(List<Hazard> all) {
    cut(
        all,
        Where.STORE,
        "number taken twice: the key is no fence",
        List.of(
            store(
                "Stream",
                "verify ? head == expectedHead : head <= expectedHead",
                "verify ? head == expectedHead : true")));
    cut(
        all,
        "head taken from a commit that was not confirmed",
        List.of(
            engine(
                "Committer",
                "        attempted.noteAttempts(true);\n",
                "attempted.noteAttempts(true); synchronized (lock) { attempted.apply(++tick); }"),
            engine("Committer", "if (unknown || !repeats) {", "if (!unknown && !repeats) {"),
            engine(
                "Plan",
                "alwaysVerify || (!atLockedHeads && confirmedAt[i] != disturbances);",
                "alwaysVerify;")),
        Fault.UNKNOWN_NOT_APPLIED);
    cut(
        all,
        "notice before the commit",
        List.of(
            engine("Committer", "    plan.publish();\n", ""),
            engine(
                "Committer",
                "              Commit commit = plan.commit(store",
                "plan.publish(); Commit commit = plan.commit(store")));
    seam(all, "heads kept across errors", Mutant::headsRemembered, Fault.LOST_WRITES);
    cut(
        all,
        "head kept after a connection error",
        List.of(
            engine("StoreAccess", "disturbances++;\n      down", "down"),
            engine("Plan", "boolean verify = alwaysVerify || (", "boolean verify = ("),
            engine("Committer", "if (unknown || !repeats) {", "if (!unknown && !repeats) {"),
            engine("Committer", "      unload(batch);\n      release", "      release")),
        Fault.LOST_WRITES);
    broken(all, "verify ignored", Mutant::verifyIgnored, Fault.LOST_WRITES);
    seam(all, "predecessor not verified", Mutant::verifyIgnored, Fault.LOST_WRITES);
    seam(all, "inbox in two uncommitted batches", Mutant::notExclusive);
    broken(all, "unknown outcome called unavailable", Mutant::unknownCalledUnavailable);
    seam(all, "re-plan without looking for dedup", Mutant::replansWithoutLooking);
    cut(
        all,
        "conflict over a dedup key blamed on the head",
        engine("Committer", "    if (keys.isEmpty()) {\n", "    if (true) {\n"));
    cut(
        all,
        "own commit whose answer was lost taken for a repeat",
        List.of(engine("MessageWork", "boolean own = doubtful", "boolean own = false && doubtful")),
        Fault.UNKNOWN_APPLIED);
    seam(all, "renumbering changes the order", Mutant::renumbersInAnotherOrder);
    cut(
        all,
        "what is planned anew comes in another order",
        engine(
            "Committer",
            "home.queue.addFirst(works.get(i));",
            "home.queue.addFirst(works.get(works.size() - 1 - i));"));
    cut(
        all,
        "later arrivals overtake what is planned anew",
        engine(
            "Committer",
            "home.queue.addFirst(works.get(i));",
            "home.queue.add(works.get(works.size() - 1 - i));"));
    cut(
        all,
        "data error refuses the whole batch",
        List.of(engine("Committer", "if (batch.works == 1) {", "if (true) {")),
        Fault.DATA_ERROR);
    cut(
        all,
        "outcome not known told as not done",
        engine(
            "Committer", "work.maybeDone ? Code.OUTCOME_UNKNOWN : told, detail)", "told, detail)"),
        Fault.UNKNOWN_APPLIED,
        Fault.UNKNOWN_NOT_APPLIED);
    seam(all, "membership not guarded", Mutant::guardsIgnored);
    broken(all, "guards ignored", Mutant::guardsIgnored);
    cut(
        all,
        "members not guarded where streams were locked",
        List.of(
            engine(
                "Plan",
                "if (home.stream instanceof LogState log && !log.conversation.isDirect()) {",
                "if (home.stream instanceof LogState log && log.conversation.isDirect()) {")),
        List.of(
            engine(
                "Committer",
                "boolean locked = contention.isHigh();",
                "boolean locked = store.locking();")));
  }

  private static void submitting(List<Hazard> all) {
    broken(all, "dedup forgotten", Mutant::dedupForgotten);
    broken(all, "dedup expires early", Mutant::dedupExpiresEarly);
    broken(all, "dedup answers with another number", Mutant::dedupWithAnotherNumber);
    seam(all, "dedup row written after the commit", Mutant::dedupLate);
    cut(
        all,
        "same id with another body taken for a repeat",
        List.of(
            engine("MessageWork", "return row.draftHash() == hash\n", "return true\n"),
            engine("MessageWork", "first.work().hash == hash ?", "true ?")));
    cut(
        all,
        "expired dedup row still answers",
        engine(
            "Committer",
            "found.get(key);\n          if (row != null && row.expiresAtMillis() > now) {",
            "found.get(key);\n          if (row != null) {"));
    cut(
        all,
        "dedup looked up for members only",
        engine(
            "Committer",
            "} else if (work.dedupKey() != null && isStranger(result)) {",
            "} else if (false) {"));
    cut(
        all,
        "successors of a refused draft accepted on its lane",
        engine("Lane", "    broken = true;\n", ""));
    cut(
        all,
        "successors of a refused draft kept in the queue",
        engine("Committer", "if (stopped.isEmpty() || home.queue.isEmpty()) {", "if (true) {"));
    cut(
        all,
        "revoked device sends on",
        engine(
            "MessageWork",
            "if (devices != null && devices.bar(draft.sender()).isPresent()) {",
            "if (false) {"));
    cut(
        all,
        "acknowledged with another number",
        engine(
            "MessageWork",
            "acknowledgement(row.seq(), row.timeMillis(), false)",
            "acknowledgement(row.seq() + 1, row.timeMillis(), false)"));
  }

  private static void committing(List<Hazard> all) {
    cut(
        all,
        "store called by who submits or asks",
        engine(
            "StoreAccess",
            "    CompletableFuture<T> result = withDeadline(kind, operation,",
            "    if (kind == Kind.READ) { body.apply(current); }"
                + "CompletableFuture<T> result = withDeadline(kind, operation,"));
    cut(
        all,
        "queue over its bound of messages",
        List.of(
            engine(
                "Committer",
                "} else if (queuedWorks >= options.maxQueuedMessages()) {",
                "} else if (false) {")),
        Fault.OVERLOAD);
    cut(
        all,
        "queue over its bound of bytes",
        List.of(
            engine(
                "Committer",
                "} else if (queuedBytes + bytes > options.maxQueuedBytes()) {",
                "} else if (false) {")),
        Fault.OVERLOAD);
    cut(
        all,
        "batch over its bound of rows",
        engine(
            "Filler",
            "batch.rows + rows > Math.min(options.batchRows(), store.maxCommitRows())",
            "false"));
    cut(
        all,
        "batch over its bound of bytes",
        engine("Filler", "|| batch.bytes + work.bytes > options.batchBytes()", ""));
    broken(all, "half a commit", Mutant::halfACommit);
    broken(all, "commit said to be done, but not written", Mutant::writesBehind);
    seam(all, "acknowledged before durable", Mutant::acknowledgedBeforeDurable);
    cut(
        all,
        "error of the store reaches the host as an exception",
        engine(
            "Answers",
            "CompletableFuture<Result<T>> answer = new CompletableFuture<>();",
            "CompletableFuture<Result<T>> answer = call;"));
    cut(all, "node closed with work unanswered", engine("Committer", "      abort(ends);\n", ""));
  }

  private static void hinting(List<Hazard> all) {
    cut(
        all,
        "hint taken for a head",
        List.of(
            engine(
                "Stream",
                "hinted = Math.max(hinted, atLeast);",
                "head = Math.max(head, atLeast);")),
        Fault.HINT_FALSE);
    cut(
        all,
        "head that was told not verified",
        List.of(
            engine(
                "Plan",
                "stream.plannedAt == stream.head ? stream.confirmedAt : UNCONFIRMED;",
                "stream.confirmedAt;")),
        Fault.HINT_FALSE);
    cut(
        all,
        "hint taken for a row of the inbox",
        List.of(
            engine(
                "Feed",
                "hinted = Math.max(hinted, position);",
                "knownHead = Math.max(knownHead, position);")),
        Fault.HINT_FALSE);
    cut(
        all,
        "what the bus did not tell is never looked for",
        List.of(engine("Session", "        feed.know(head);\n", "")),
        Fault.HINT_LOST);
  }

  // ---- how they are made ------------------------------------------------------------------------

  private static void broken(
      List<Hazard> all, String name, UnaryOperator<Store> wrap, Fault... needed) {
    Simulation simulation = Simulation.of(() -> Mutant.storage(MemoryStorage.create(), wrap));
    add(all, Where.STORE, name, () -> new Surgery.Teller(simulation), needed);
  }

  private static void seam(
      List<Hazard> all, String name, UnaryOperator<Store> wrap, Fault... needed) {
    Simulation simulation = Simulation.of(MemoryStorage::create).engineSide(wrap);
    add(all, Where.SEAM, name, () -> new Surgery.Teller(simulation), needed);
  }

  private static void cut(List<Hazard> all, String name, Cut cut, Fault... needed) {
    cut(all, Where.ENGINE, name, List.of(cut), needed);
  }

  private static void cut(List<Hazard> all, String name, List<Cut> cuts, Fault... needed) {
    cut(all, Where.ENGINE, name, cuts, needed);
  }

  private static void cut(
      List<Hazard> all, Where where, String name, List<Cut> cuts, Fault... needed) {
    add(all, where, name, () -> Surgery.after(cuts), needed);
  }

  /** A hazard that shows only in an engine that is changed in another way, without harm. */
  private static void cut(List<Hazard> all, String name, List<Cut> cuts, List<Cut> harmless) {
    List<Cut> both = new ArrayList<>(cuts);
    both.addAll(harmless);
    all.add(
        new Hazard(
            Where.ENGINE,
            name,
            Set.of(),
            () -> Surgery.after(both),
            () -> Surgery.after(harmless)));
  }

  private static void add(
      List<Hazard> all,
      Where where,
      String name,
      Supplier<LongFunction<List<String>>> mutant,
      Fault... needed) {
    all.add(new Hazard(where, name, Set.of(needed), mutant, () -> UNHURT));
  }
}
