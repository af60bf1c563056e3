package dev.restante.crash;

import static java.util.Objects.requireNonNull;

import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.LogEntry;
import dev.restante.api.Message;
import dev.restante.crash.Journal.Line;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Holds what the clients remember against what the store has.
 *
 * <ul>
 *   <li>The store has every message that a client submitted, once, in its sender's order, with its
 *       content; logs are dense and their times do not go back.
 *   <li>Every acknowledgement, of whatever attempt, names the one place where the message stands. A
 *       message that was refused as not written is written by a later attempt only.
 *   <li>A device is given its inbox in one order, for ever the same: a session begins at the cursor
 *       that the device named, or at one that it acknowledged, and goes on without a gap or a
 *       repeat. In the end it has all that it must have, and two devices of a user have the same.
 * </ul>
 */
final class Evidence {
  private static final long LONGEST_SUBMIT_MILLIS = 20_000;

  private final List<String> problems = new ArrayList<>();
  private final Map<ConversationId, List<LogEntry>> logs;
  private final Map<String, Submit> submits = new TreeMap<>();
  private final Map<String, DeviceTrail> trails = new TreeMap<>();
  private final List<Map<String, Long>> counters = new ArrayList<>();
  private final Tally tally = new Tally();

  /** How often what a crash test wants to see was seen. */
  static final class Tally {
    int submitted;
    int killedWithSubmitsInFlight;
    int unknownAtDeath;
    int storedThough;
    int notStored;
    int refusedUnavailable;
    int refusedUnknown;
    int unknownStored;
    int unknownNotStored;
    int redelivered;
    int sessions;
    long longestSubmitMillis;

    /** What nodes that are killed have to show, and did not. */
    List<String> missing() {
      List<String> missing = new ArrayList<>();
      note(missing, killedWithSubmitsInFlight, "a death with submits in flight");
      note(missing, storedThough, "a submit that was stored, though its node died");
      note(missing, notStored, "a submit that was not stored when its node died");
      note(missing, redelivered, "an entry given again");
      return missing;
    }

    /** The same, where databases are killed as well. */
    List<String> missingWithDatabase() {
      List<String> missing = missing();
      note(missing, refusedUnavailable, "a submit refused as UNAVAILABLE");
      note(missing, refusedUnknown, "a submit refused as OUTCOME_UNKNOWN");
      return missing;
    }

    private static void note(List<String> missing, int seen, String what) {
      if (seen == 0) {
        missing.add(what);
      }
    }

    @Override
    public String toString() {
      return ("%d messages; %d deaths with submits in flight; of %d submits unanswered at a death or a"
              + " lost connection %d were stored and %d were not; refused: %d UNAVAILABLE, %d"
              + " OUTCOME_UNKNOWN (%d stored, %d not); %d sessions, %d entries given again; longest"
              + " submit %d ms")
          .formatted(
              submitted,
              killedWithSubmitsInFlight,
              unknownAtDeath,
              storedThough,
              notStored,
              refusedUnavailable,
              refusedUnknown,
              unknownStored,
              unknownNotStored,
              sessions,
              redelivered,
              longestSubmitMillis);
    }
  }

  /** All attempts at one message. */
  private static final class Submit {
    final String name;
    boolean open;
    long openedAt;

    /** Whether an earlier attempt may have been written. */
    boolean mayBeStored;

    boolean lostAtDeath;
    boolean refusedAsUnknown;
    @org.jspecify.annotations.Nullable Line ack;

    Submit(String name) {
      this.name = name;
    }
  }

  Evidence(Map<ConversationId, List<LogEntry>> logs) {
    this.logs = logs;
  }

  /** Adds a journal. A device is in one journal only. */
  void add(List<Line> journal) {
    Map<String, Submit> open = new HashMap<>();
    for (Line line : journal) {
      switch (line.kind()) {
        case START -> started(open);
        case INTENT -> intent(line, open);
        case ACK -> acknowledged(line, open);
        case REFUSED -> refused(line, open);
        case COUNTERS -> counted(line);
        case WRONG -> problems.add(line.text());
        case CONNECT -> {
          tally.sessions++;
          trail(line).connected(line.word(1));
        }
        case APPLIED -> trail(line).applied(entry(line));
        case PAGE -> trail(line).page(line.word(1), false);
        case CAUGHT_UP -> trail(line).page(line.word(1), true);
        case ACKNOWLEDGE -> trail(line).acknowledging(line.word(1));
        case ACKNOWLEDGED -> trail(line).acknowledged(line.word(1), line.word(2));
        default -> {}
      }
    }
  }

  private DeviceTrail trail(Line line) {
    return trails.computeIfAbsent(line.word(0), name -> new DeviceTrail(name, problems));
  }

  private static String entry(Line line) {
    return line.word(1) + " " + line.word(2) + " " + line.word(3) + " " + line.word(4);
  }

  // ---- submits
  // -----------------------------------------------------------------------------------

  private void started(Map<String, Submit> open) {
    counters.add(Map.of());
    if (!open.isEmpty()) {
      tally.killedWithSubmitsInFlight++;
    }
    open.values().forEach(this::lost);
    open.clear();
  }

  private void lost(Submit submit) {
    submit.open = false;
    submit.mayBeStored = true;
    submit.lostAtDeath = true;
  }

  private Submit submit(Line line) {
    String name = line.word(0) + " " + line.word(1) + " " + line.word(2);
    return submits.computeIfAbsent(name, Submit::new);
  }

  private void intent(Line line, Map<String, Submit> open) {
    Submit submit = submit(line);
    if (submit.ack != null) {
      problems.add("submitted again after it was acknowledged: " + line.text());
    }
    if (submit.open) {
      // the connection was lost before the answer
      lost(submit);
    }
    submit.open = true;
    submit.openedAt = line.number(3);
    open.put(submit.name, submit);
  }

  private void closed(Submit submit, long atMillis, Map<String, Submit> open) {
    long took = atMillis - submit.openedAt;
    tally.longestSubmitMillis = Math.max(tally.longestSubmitMillis, took);
    if (took > LONGEST_SUBMIT_MILLIS) {
      problems.add(submit.name + " took " + took + " ms");
    }
    submit.open = false;
    open.remove(submit.name);
  }

  private void refused(Line line, Map<String, Submit> open) {
    Submit submit = submit(line);
    closed(submit, line.number(4), open);
    if (line.word(3).equals("OUTCOME_UNKNOWN")) {
      tally.refusedUnknown++;
      submit.refusedAsUnknown = true;
      submit.mayBeStored = true;
    } else if (line.word(3).equals("UNAVAILABLE")) {
      tally.refusedUnavailable++;
    }
  }

  private void acknowledged(Line line, Map<String, Submit> open) {
    Submit submit = submit(line);
    closed(submit, line.number(6), open);
    if (submit.ack != null) {
      problems.add("acknowledged twice: " + line.text());
    }
    submit.ack = line;
    boolean repeat = line.word(5).equals("true");
    if (repeat && !submit.mayBeStored) {
      problems.add("a repeat of what was not written: " + line.text());
    }
    if (submit.lostAtDeath) {
      tally.unknownAtDeath++;
      tally.storedThough += repeat ? 1 : 0;
      tally.notStored += repeat ? 0 : 1;
    } else if (submit.refusedAsUnknown) {
      tally.unknownStored += repeat ? 1 : 0;
      tally.unknownNotStored += repeat ? 0 : 1;
    }
  }

  private void counted(Line line) {
    Map<String, Long> values = new HashMap<>();
    for (String word : line.words()) {
      int equals = word.indexOf('=');
      if (equals > 0) {
        values.put(word.substring(0, equals), Long.parseLong(word.substring(equals + 1)));
      }
    }
    counters.set(counters.size() - 1, values);
  }

  // ---- verdict
  // -----------------------------------------------------------------------------------

  Tally tally() {
    tally.submitted = submits.size();
    tally.redelivered = trails.values().stream().mapToInt(DeviceTrail::redelivered).sum();
    return tally;
  }

  /** What journals show so far, of which nothing can be judged yet. */
  static Evidence soFar(List<Path> journals) {
    Evidence soFar = new Evidence(Map.of());
    journals.forEach(each -> soFar.add(Journal.read(each)));
    return soFar;
  }

  /** The sum of a counter over all processes, as far as they told. */
  long counter(String name) {
    return counters.stream().mapToLong(each -> each.getOrDefault(name, 0L)).sum();
  }

  /** Everything that is not as promised. */
  List<String> problems() {
    logs.forEach(this::checkLog);
    submits.values().forEach(this::checkSubmit);
    trails.forEach(this::checkTrail);
    checkDevicesOfOneUser();
    if (counter("lossEvents") > 0) {
      problems.add("the store was taken to have lost writes");
    }
    return problems.size() > 40 ? problems.subList(0, 40) : problems;
  }

  private void checkLog(ConversationId conversation, List<LogEntry> log) {
    Map<String, Integer> last = new HashMap<>();
    long time = 0;
    for (int i = 0; i < log.size(); i++) {
      LogEntry entry = log.get(i);
      if (entry.seq() != i + 1) {
        problems.add(conversation.key() + " has " + entry.seq() + " in place " + (i + 1));
      }
      if (entry.serverTime().toEpochMilli() < time) {
        problems.add(conversation.key() + " " + entry.seq() + ": time goes back");
      }
      time = entry.serverTime().toEpochMilli();
      if (entry instanceof Message message) {
        String sender = World.name(message.sender());
        int n = World.numberOf(message);
        if (n != last.getOrDefault(sender, 0) + 1) {
          problems.add(
              "%s %d is number %d of %s, after %s"
                  .formatted(conversation.key(), entry.seq(), n, sender, last.get(sender)));
        }
        last.put(sender, n);
        if (!submits.containsKey(sender + " " + conversation.key() + " " + n)) {
          problems.add(conversation.key() + " " + entry.seq() + " was not submitted");
        }
      }
    }
  }

  private void checkSubmit(Submit submit) {
    Line ack = submit.ack;
    if (ack == null) {
      problems.add(submit.name + " was never acknowledged");
      return;
    }
    List<LogEntry> log = logs.getOrDefault(World.conversation(ack.word(1)), List.of());
    int seq = (int) ack.number(3);
    boolean same =
        seq >= 1
            && seq <= log.size()
            && log.get(seq - 1) instanceof Message message
            && World.name(message.sender()).equals(ack.word(0))
            && World.numberOf(message) == ack.number(2)
            && message.serverTime().toEpochMilli() == ack.number(4);
    if (!same) {
      problems.add("not stored as acknowledged: " + ack.text());
    }
  }

  private void checkTrail(String name, DeviceTrail trail) {
    DeviceId device = World.device(name);
    for (ConversationId conversation : World.conversationsOf(device.user())) {
      List<String> expected = new ArrayList<>();
      for (LogEntry entry : requireNonNull(logs.get(conversation))) {
        if (World.mustReach(device, entry)) {
          expected.add(entry(entry));
        }
      }
      List<String> got =
          trail.inbox().stream().filter(each -> each.startsWith(conversation.key() + " ")).toList();
      if (!got.equals(expected)) {
        problems.add(
            "%s has %d of %d entries of %s, first difference at %d"
                .formatted(
                    name,
                    got.size(),
                    expected.size(),
                    conversation.key(),
                    firstDifference(got, expected)));
      }
    }
  }

  private static int firstDifference(List<String> some, List<String> others) {
    int i = 0;
    while (i < some.size() && i < others.size() && some.get(i).equals(others.get(i))) {
      i++;
    }
    return i;
  }

  private static String entry(LogEntry entry) {
    String who =
        entry instanceof Message message
            ? World.name(message.sender()) + " " + World.numberOf(message)
            : "- 0";
    return entry.conversation().key() + " " + entry.seq() + " " + who;
  }

  private void checkDevicesOfOneUser() {
    Map<String, DeviceTrail> first = new HashMap<>();
    trails.forEach(
        (name, trail) -> {
          DeviceTrail other = first.putIfAbsent(World.device(name).user().value(), trail);
          if (other != null && !other.inbox().equals(trail.inbox())) {
            problems.add(
                "%s has another inbox than its sister from %d on"
                    .formatted(name, firstDifference(other.inbox(), trail.inbox())));
          }
        });
    if (!trails.keySet().equals(new java.util.TreeSet<>(names()))) {
      problems.add("only these devices lived: " + trails.keySet());
    }
  }

  private static List<String> names() {
    return World.DEVICES.stream().map(World::name).toList();
  }
}
