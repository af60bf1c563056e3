package dev.restante.simulator;

import dev.restante.api.ConversationId;
import dev.restante.storage.Commit;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRow;
import dev.restante.storage.LogSlice;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Stands before the adapter, sees every write that succeeds and every row that is read, and can
 * take the store back to an earlier state by writing a prefix of the story into a new one.
 */
final class Ledger {
  private final World world;
  private final Tally tally;
  private final Supplier<Storage> fresh;
  private final UnaryOperator<Store> engineSide;
  private final StoryPlan plan;
  private final LeaseWatch leases;
  private final Map<StreamKey, Shadow> streams = new LinkedHashMap<>();
  private final Map<RecordKey, Long> versions = new HashMap<>();
  private final List<Consumer<Store>> writes = new ArrayList<>();
  private final List<Runnable> shadowWrites = new ArrayList<>();
  private final List<Store> opened = new ArrayList<>();
  private final List<Storage> storages = new ArrayList<>();
  private Storage backing;
  private int generation;
  private int calls;

  Ledger(
      World world,
      Tally tally,
      Supplier<Storage> fresh,
      UnaryOperator<Store> engineSide,
      StoryPlan plan) {
    this.world = world;
    this.tally = tally;
    this.fresh = fresh;
    this.engineSide = engineSide;
    this.plan = plan;
    this.leases = new LeaseWatch(world, tally, plan.options().leaseDuration());
    this.backing = fresh.get();
    storages.add(backing);
  }

  /** The storage as one node sees it. */
  Storage forNode(int node) {
    return new Storage() {
      @Override
      public String description() {
        return backing.description();
      }

      @Override
      public Store open(StoreContext context) {
        Store store = backing.open(context);
        opened.add(store);
        return engineSide.apply(new RecordingStore(store, Ledger.this, node));
      }
    };
  }

  LeaseWatch leases() {
    return leases;
  }

  /** How often the store went back. What was under way then never arrives. */
  int generation() {
    return generation;
  }

  /** Opens the store as it is now, for a node that had opened an earlier state of it. */
  Store reopen() {
    Store store = backing.open(new StoreContext(Duration.ofMinutes(1)));
    opened.add(store);
    return store;
  }

  /** The heads of all conversations' logs. */
  Map<ConversationId, Long> heads() {
    Map<ConversationId, Long> heads = new LinkedHashMap<>();
    for (Shadow shadow : streams.values()) {
      if (shadow.key.kind() == StreamKey.Kind.LOG) {
        heads.put(ConversationId.ofKey(shadow.key.tenant(), shadow.key.name()), shadow.head());
      }
    }
    return heads;
  }

  /** The head of a conversation's log. */
  long head(ConversationId conversation) {
    return stream(StreamKey.log(conversation.tenant(), conversation.key())).head();
  }

  /** Runs the body of a call: only in one may the store be called. */
  <T> T call(Supplier<T> body) {
    calls++;
    try {
      return body.get();
    } finally {
      calls--;
    }
  }

  /** The store is being called. */
  void called() {
    if (calls == 0) {
      world.violated(
          Invariant.CALLER_NOT_BLOCKED, "the store was called by a thread that may not block");
    }
  }

  boolean dataErrors() {
    return plan.faults().contains(Fault.DATA_ERROR);
  }

  int writeCount() {
    return writes.size();
  }

  Shadow stream(StreamKey key) {
    return streams.computeIfAbsent(key, Shadow::new);
  }

  List<Shadow> streams() {
    return List.copyOf(streams.values());
  }

  void refused() {
    tally.count(Fault.DATA_ERROR);
  }

  void committed(Commit commit, int node) {
    checkSize(commit);
    commit.logs().forEach(this::check);
    commit.inboxes().forEach(append -> check(append, node));
    checkConditions(commit);
    leases.check(commit);
    long at = world.now();
    Runnable shadowWrite =
        () -> {
          remember(commit);
          leases.remember(commit, at);
        };
    shadowWrite.run();
    shadowWrites.add(shadowWrite);
    writes.add(store -> store.commit(commit));
    world.say(() -> "store   node " + node + " committed " + describe(commit));
  }

  private void remember(Commit commit) {
    for (LogAppend append : commit.logs()) {
      append.rows().forEach(stream(append.log())::add);
    }
    for (InboxAppend append : commit.inboxes()) {
      append.rows().forEach(stream(append.inbox())::add);
    }
    commit.records().forEach(this::remember);
  }

  /** What a commit asks for must have been so when it was accepted. */
  private void checkConditions(Commit commit) {
    commit.guards().forEach(guard -> checkVersion("guarded", guard.key(), guard.version()));
    for (RecordWrite write : commit.records()) {
      if (write.condition() == RecordWrite.Condition.IF_VERSION) {
        checkVersion("replaced", write.key(), write.expectedVersion());
      }
    }
  }

  private void checkVersion(String how, RecordKey key, long asked) {
    long version = versions.getOrDefault(key, 0L);
    if (version != asked) {
      world.violated(
          Invariant.CONDITIONS_KEPT,
          describe(key) + " was " + how + " at version " + asked + " when it had " + version);
    }
  }

  private void remember(RecordWrite write) {
    boolean applies =
        write.condition() != RecordWrite.Condition.IF_GREATER
            || write.version() > versions.getOrDefault(write.key(), 0L);
    if (applies && write.version() == 0) {
      versions.remove(write.key());
    } else if (applies) {
      versions.put(write.key(), write.version());
    }
  }

  /** A batch may pass its bounds by one message only. */
  private void checkSize(Commit commit) {
    int messages = 0;
    int rows = commit.dedups().size();
    long bytes = 0;
    for (LogAppend append : commit.logs()) {
      messages += append.rows().size();
      for (LogRow row : append.rows()) {
        bytes += row.payload().length;
      }
    }
    for (InboxAppend append : commit.inboxes()) {
      rows += append.rows().size();
    }
    int most = plan.options().batchRows() + 2 * plan.users().size() + 2;
    if (messages > 1 && (rows + messages > most || bytes > plan.options().batchBytes())) {
      world.violated(
          Invariant.BOUNDED,
          "a batch of %d messages has %d rows and %d bytes; the limits are %d and %d"
              .formatted(
                  messages,
                  rows + messages,
                  bytes,
                  plan.options().batchRows(),
                  plan.options().batchBytes()));
    }
  }

  private void check(LogAppend append) {
    Shadow shadow = stream(append.log());
    long next = shadow.head() + 1;
    for (LogRow row : append.rows()) {
      checkNumber(shadow, row.seq(), next++);
    }
    tally.add("log rows", append.rows().size());
  }

  private void check(InboxAppend append, int node) {
    Shadow shadow = stream(append.inbox());
    if (shadow.emptied()) {
      tally.count(Fault.TRIM_TO_EMPTY);
    }
    if (shadow.writtenBy(node)) {
      tally.count(Fault.SHARED_INBOX);
    }
    long next = shadow.head() + 1;
    for (InboxRow row : append.rows()) {
      checkNumber(shadow, row.position(), next++);
    }
    tally.add("inbox rows", append.rows().size());
  }

  private void checkNumber(Shadow shadow, long number, long expected) {
    if (number < expected) {
      world.violated(
          Invariant.NUMBER_USED_ONCE,
          describe(shadow.key)
              + " got a second row "
              + number
              + "; its head was "
              + shadow.head()
              + ", its floor "
              + shadow.floor());
    } else if (number > expected) {
      world.violated(
          Invariant.LOG_DENSE,
          describe(shadow.key) + " got row " + number + ", the next number was " + expected);
    }
  }

  void trimmed(List<Trim> trims, int maxRows, List<Long> floors) {
    for (int i = 0; i < trims.size(); i++) {
      Shadow shadow = stream(trims.get(i).stream());
      long floor = floors.get(i);
      if (floor < shadow.floor()) {
        world.violated(
            Invariant.MONOTONE,
            "the floor of "
                + describe(shadow.key)
                + " fell from "
                + shadow.floor()
                + " to "
                + floor);
      }
      if (floor > shadow.floor()) {
        tally.count("floors raised");
      }
      Runnable shadowWrite = () -> stream(shadow.key).raiseFloor(floor);
      shadowWrite.run();
      shadowWrites.add(shadowWrite);
      Trim trim = trims.get(i);
      writes.add(store -> store.trim(List.of(trim), maxRows));
      world.say(() -> "store   trimmed " + describe(shadow.key) + " to " + floor);
    }
  }

  void removedDedups(long nowMillis, int limit) {
    shadowWrites.add(() -> {});
    writes.add(store -> store.removeExpiredDedups(nowMillis, limit));
  }

  void read(StreamKey log, LogSlice slice) {
    slice.rows().forEach(row -> checkContent(log, row));
  }

  void read(RecordKey key, @Nullable StoredRecord record) {
    long version = versions.getOrDefault(key, 0L);
    long told = record == null ? 0 : record.version();
    if (told < version) {
      world.violated(
          Invariant.MONOTONE, describe(key) + " fell from version " + version + " to " + told);
    } else if (told > version) {
      world.violated(
          Invariant.SAME_CONTENT,
          describe(key) + " has version " + told + ", committed was " + version);
    }
  }

  void read(StreamKey inbox, long after, InboxSlice slice) {
    Shadow shadow = stream(inbox);
    if (after < shadow.floor() && slice.floor() < shadow.floor()) {
      world.violated(
          Invariant.MONOTONE,
          "%s was read after %d; its floor is %d, the store told %d"
              .formatted(describe(inbox), after, shadow.floor(), slice.floor()));
    }
    for (InboxItem item : slice.items()) {
      if (!shadow.agrees(item.row())) {
        world.violated(
            Invariant.SAME_CONTENT,
            "the store gave a row "
                + item.row().position()
                + " of "
                + describe(inbox)
                + " that nobody committed");
      }
      StreamKey log = item.row().log();
      if (log != null && item.logRow() != null) {
        checkContent(log, item.logRow());
      }
    }
  }

  private void checkContent(StreamKey log, LogRow row) {
    if (!stream(log).agrees(row)) {
      world.violated(
          Invariant.SAME_CONTENT,
          "the store gave a row " + row.seq() + " of " + describe(log) + " that nobody committed");
    }
  }

  /** Takes the store back to the state after so many writes. */
  void rewind(int writesKept) {
    generation++;
    backing = fresh.get();
    storages.add(backing);
    Store store = reopen();
    writes.subList(writesKept, writes.size()).clear();
    shadowWrites.subList(writesKept, shadowWrites.size()).clear();
    writes.forEach(write -> write.accept(store));
    streams.clear();
    versions.clear();
    leases.forget(plan.leasesApart());
    shadowWrites.forEach(Runnable::run);
    tally.count(Fault.LOST_WRITES);
  }

  /** Closes whatever was opened in the story. */
  void close() {
    opened.forEach(Store::close);
    for (Storage storage : storages) {
      if (storage instanceof AutoCloseable closeable) {
        try {
          closeable.close();
        } catch (Exception e) {
          throw new IllegalStateException("closing " + storage.description(), e);
        }
      }
    }
  }

  static String describe(StreamKey key) {
    return key.kind() + " " + Texts.of(key.name());
  }

  private static String describe(RecordKey key) {
    return describe(key.partition()) + "." + key.space() + ":" + Texts.of(key.id());
  }

  private static String describe(Commit commit) {
    StringBuilder text = new StringBuilder();
    for (LogAppend append : commit.logs()) {
      range(text, append.log(), append.expectedHead(), append.rows().size());
    }
    for (InboxAppend append : commit.inboxes()) {
      range(text, append.inbox(), append.expectedHead(), append.rows().size());
    }
    commit
        .records()
        .forEach(
            write ->
                text.append(describe(write.key())).append('=').append(write.version()).append(' '));
    return text.toString();
  }

  private static void range(StringBuilder text, StreamKey key, long head, int rows) {
    text.append(describe(key)).append(':').append(head + 1);
    if (rows > 1) {
      text.append("..").append(head + rows);
    }
    text.append(' ');
  }
}
