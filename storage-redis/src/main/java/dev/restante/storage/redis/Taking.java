package dev.restante.storage.redis;

import dev.restante.storage.StreamKey;
import dev.restante.storage.cells.Cell;
import dev.restante.storage.cells.Met;
import dev.restante.storage.cells.Part;
import dev.restante.storage.cells.Step;
import dev.restante.storage.redis.CellBatches.CellKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code apply.lua}, {@code take.lua}, {@code guard.lua} and {@code settle.lua}: writes to cells,
 * leaves intents in them, looks at what is guarded, and makes content of intents. What is usual
 * goes by {@code take_rows.lua} and {@code settle_rows.lua}, for many cells at once.
 *
 * <p>All cells of a commit are taken at once, not one after the other. If one of them is another
 * transaction's, those behind it are given back: so while anybody waits, he holds only cells before
 * the one that he waits for, in the order that is the same for all, and no two wait for each other.
 */
final class Taking {
  private static final long BLOCKED = 5;
  private static final Long UNUSUAL = -1L;

  private final Shards shards;
  private final Keys keys;
  private final Decisions decisions;

  Taking(Shards shards, Keys keys, Decisions decisions) {
    this.shards = shards;
    this.keys = keys;
    this.decisions = decisions;
  }

  Step apply(Part part) {
    Call call = cell(Script.APPLY, part.cell());
    CommitScript.addArguments(call, part.commit());
    return stepOf(0, part, shards.callDurably(call, Taking::wrote));
  }

  Step prepare(String transaction, List<Part> parts, int from, int until) {
    if (from == 0) {
      decisions.begin(transaction, parts);
    }
    byte[] name = name(transaction);
    Step[] steps = new Step[until - from];
    CellBatches guards = new CellBatches(keys, Script.GUARD, false);
    CellBatches rows = new CellBatches(keys, Script.TAKE_ROWS, true);
    List<Integer> unusual = new ArrayList<>();
    for (int i = from; i < until; i++) {
      Part part = parts.get(i);
      if (part.guardsAlone()) {
        guards.add(i, part.cell(), CellKey.RECORDS, guarding(part));
      } else if (CommitScript.isUsual(part.commit())) {
        rows.add(i, part.cell(), CellKey.ROWS, taking(part, name));
      } else {
        unusual.add(i);
      }
    }
    List<Call> calls = new ArrayList<>();
    guards.addTo(calls);
    rows.addTo(calls);
    takeAll(calls, name, parts, unusual);
    List<Object> answers = shards.callDurably(calls, Taking::wrote);
    List<Integer> left = new ArrayList<>();
    CellBatches.Taker taker =
        (index, answer) -> {
          if (answer.equals(UNUSUAL)) {
            left.add(index);
          } else {
            steps[index - from] = step(index, parts.get(index), answer);
          }
        };
    int behind = rows.forEach(answers, guards.forEach(answers, 0, taker), taker);
    for (int i = 0; i < unusual.size(); i++) {
      int index = unusual.get(i);
      steps[index - from] = stepOf(index, parts.get(index), answers.get(behind + i));
    }
    takeUnusual(name, parts, from, left, steps);
    return end(transaction, parts, from, steps);
  }

  /** What turned out to be unusual when it was to be taken. */
  private void takeUnusual(
      byte[] name, List<Part> parts, int from, List<Integer> indexes, Step[] steps) {
    List<Call> calls = new ArrayList<>();
    takeAll(calls, name, parts, indexes);
    List<Object> answers = shards.callDurably(calls, Taking::wrote);
    for (int i = 0; i < indexes.size(); i++) {
      int index = indexes.get(i);
      steps[index - from] = stepOf(index, parts.get(index), answers.get(i));
    }
  }

  private void takeAll(List<Call> calls, byte[] name, List<Part> parts, List<Integer> indexes) {
    for (int index : indexes) {
      Call call = cell(Script.TAKE, parts.get(index).cell());
      CommitScript.addArguments(call, parts.get(index).commit());
      calls.add(call.argument(name));
    }
  }

  /** The first that was not done decides; what was taken behind one that is taken is given back. */
  private Step end(String transaction, List<Part> parts, int from, Step[] steps) {
    for (int i = 0; i < steps.length; i++) {
      if (steps[i] instanceof Step.Blocked) {
        giveBack(transaction, parts.subList(from + i + 1, from + steps.length));
      }
      if (!(steps[i] instanceof Step.Done)) {
        return steps[i];
      }
    }
    return Step.DONE;
  }

  private static List<byte[]> taking(Part part, byte[] name) {
    Call one = new Call(Script.TAKE);
    CommitScript.addArguments(one, part.commit());
    one.argument(name);
    return one.counted(one.size());
  }

  private static List<byte[]> guarding(Part part) {
    Call one = new Call(Script.GUARD);
    CommitScript.addGuards(one, part.commit());
    return one.counted(part.commit().guards().size());
  }

  private void giveBack(String transaction, List<Part> parts) {
    settle(
        transaction,
        false,
        parts.stream().filter(part -> !part.guardsAlone()).map(Part::cell).toList());
  }

  /**
   * What is made content must be where a commit has to be before its record goes; that holds for
   * what another has made content, too.
   */
  void settle(String transaction, boolean committed, List<Cell> cells) {
    byte[] name = name(transaction);
    CellBatches rows = new CellBatches(keys, Script.SETTLE_ROWS, true, name, Bytes.flag(committed));
    for (int i = 0; i < cells.size(); i++) {
      rows.add(i, cells.get(i), CellKey.ROWS, List.of());
    }
    List<Call> calls = new ArrayList<>();
    rows.addTo(calls);
    List<Object> answers =
        shards.callDurably(calls, answer -> settled(committed, ((List<?>) answer).contains(1L)));
    List<Call> unusual = new ArrayList<>();
    rows.forEach(
        answers,
        0,
        (index, answer) -> {
          if (answer.equals(UNUSUAL)) {
            unusual.add(cell(Script.SETTLE, cells.get(index)).argument(name).flag(committed));
          }
        });
    shards.callDurably(unusual, answer -> settled(committed, answer.equals(1L)));
  }

  private static Calls.Durable settled(boolean committed, boolean here) {
    if (!committed) {
      return Calls.Durable.NOTHING;
    }
    return here ? Calls.Durable.WRITTEN : Calls.Durable.SEEN;
  }

  /** With the keys that {@code cell.lua} tells. */
  private Call cell(Script script, Cell cell) {
    StreamKey stream = cell.partition();
    Keys.OfCell of = keys.of(stream);
    return new Call(script)
        .key(of.intent())
        .key(of.rows())
        .key(keys.compaction(stream))
        .key(of.records())
        .key(keys.order(stream))
        .key(keys.submits(of.tag()))
        .key(keys.expiries(of.tag()));
  }

  private static byte[] name(String transaction) {
    return transaction.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * What was looked at is seen by replicas where these are waited for, too: a master that was
   * deposed may not know of an intent.
   */
  private static Calls.Durable wrote(Object answers) {
    Calls.Durable all = Calls.Durable.NOTHING;
    for (Object each : (List<?>) answers) {
      if (each instanceof Long code && CommitScript.wrote(code).compareTo(all) > 0) {
        all = CommitScript.wrote(code);
      }
    }
    return all;
  }

  /** The answer of a script that concerns one cell. */
  private static Step stepOf(int index, Part part, Object answered) {
    Answer answer = new Answer(answered);
    long code = answer.number();
    return code == BLOCKED ? step(index, part, answer.bytes()) : CommitScript.step(code);
  }

  private static Step step(int index, Part part, Object answer) {
    return answer instanceof byte[] other
        ? new Step.Blocked(
            index, new Met(part.cell(), new String(other, StandardCharsets.US_ASCII), false))
        : CommitScript.step((Long) answer);
  }
}
