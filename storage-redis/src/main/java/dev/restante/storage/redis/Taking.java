package dev.restante.storage.redis;

import dev.restante.storage.StreamKey;
import dev.restante.storage.cells.Cell;
import dev.restante.storage.cells.Met;
import dev.restante.storage.cells.Part;
import dev.restante.storage.cells.Step;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code apply.lua}, {@code take.lua}, {@code guard.lua} and {@code settle.lua}: writes to cells,
 * leaves intents in them, looks at what is guarded, and makes content of intents.
 *
 * <p>All cells of a commit are taken at once, not one after the other. If one of them is another
 * transaction's, those behind it are given back: so while anybody waits, he holds only cells before
 * the one that he waits for, in the order that is the same for all, and no two wait for each other.
 */
final class Taking {
  private static final long BLOCKED = 5;

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
    return step(0, part, shards.callDurably(call, each -> CommitScript.wrote(code(each))));
  }

  Step prepare(String transaction, List<Part> parts, int from, int until) {
    if (from == 0) {
      decisions.begin(transaction, parts);
    }
    List<Call> calls = new ArrayList<>(until - from);
    for (Part part : parts.subList(from, until)) {
      calls.add(part.guardsAlone() ? guard(part) : take(transaction, part));
    }
    List<Object> answers = shards.callDurably(calls, each -> CommitScript.wrote(code(each)));
    for (int i = 0; i < answers.size(); i++) {
      Step step = step(from + i, parts.get(from + i), answers.get(i));
      if (step instanceof Step.Blocked) {
        giveBack(transaction, parts.subList(from + i + 1, until));
      }
      if (!(step instanceof Step.Done)) {
        return step;
      }
    }
    return Step.DONE;
  }

  private Call take(String transaction, Part part) {
    Call call = cell(Script.TAKE, part.cell());
    CommitScript.addArguments(call, part.commit());
    return call.argument(name(transaction));
  }

  /**
   * What it goes by is seen by replicas where these are waited for: a master that was deposed may
   * not know of an intent.
   */
  private Call guard(Part part) {
    StreamKey partition = part.cell().partition();
    Call call = new Call(Script.GUARD).key(keys.intent(partition)).key(keys.records(partition));
    CommitScript.addGuards(call, part.commit());
    return call;
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
    List<Call> calls =
        cells.stream()
            .map(cell -> cell(Script.SETTLE, cell).argument(name(transaction)).flag(committed))
            .toList();
    shards.callDurably(
        calls,
        found -> {
          if (!committed) {
            return Calls.Durable.NOTHING;
          }
          return (Long) found == 1 ? Calls.Durable.WRITTEN : Calls.Durable.SEEN;
        });
  }

  /** With the keys that {@code cell.lua} tells. */
  private Call cell(Script script, Cell cell) {
    StreamKey stream = cell.partition();
    int tag = Keys.tag(stream);
    return new Call(script)
        .key(keys.intent(stream))
        .key(keys.stream(stream))
        .key(keys.compaction(stream))
        .key(keys.records(stream))
        .key(keys.order(stream))
        .key(keys.submits(tag))
        .key(keys.expiries(tag));
  }

  private static byte[] name(String transaction) {
    return transaction.getBytes(StandardCharsets.US_ASCII);
  }

  private static long code(Object answer) {
    return new Answer(answer).number();
  }

  private static Step step(int index, Part part, Object answered) {
    Answer answer = new Answer(answered);
    long code = answer.number();
    if (code == BLOCKED) {
      String other = new String(answer.bytes(), StandardCharsets.US_ASCII);
      return new Step.Blocked(index, new Met(part.cell(), other, false));
    }
    return CommitScript.step(code);
  }
}
