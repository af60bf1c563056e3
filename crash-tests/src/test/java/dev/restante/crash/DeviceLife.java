package dev.restante.crash;

import dev.restante.Restante;
import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Entry;
import dev.restante.api.LogEntry;
import dev.restante.api.Message;
import dev.restante.api.Refusal;
import dev.restante.api.Result;
import dev.restante.api.sync.Cursor;
import dev.restante.api.sync.Delivery;
import dev.restante.api.sync.DeviceSession;
import dev.restante.api.sync.SyncPolicy;
import dev.restante.crash.Journal.Kind;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One device, as a client would be written: connects, applies and keeps what it is given, then
 * acknowledges; keeps what it wants to say before it submits it, and repeats what was not
 * acknowledged, in order. It goes offline without a word now and then. One thread runs it.
 */
final class DeviceLife implements Runnable {
  private static final Set<Refusal.Code> PASSING =
      Set.of(
          Refusal.Code.UNAVAILABLE,
          Refusal.Code.OUTCOME_UNKNOWN,
          Refusal.Code.OVERLOADED,
          Refusal.Code.PREDECESSOR_REFUSED);
  private static final int IN_FLIGHT = 4;

  /** How likely a further new message is each time that a device speaks, in hundredths. */
  private static final int EAGERNESS = 60;

  /**
   * The longest that a device is silent while it is connected. Nodes are to fight for the store:
   * one without any silence fights for the processor, and all wait for that.
   */
  private static final int SILENCE_MILLIS = 60;

  /**
   * One in so many times that it looks does a device acknowledge what it applied, so that there is
   * something to be given again when it, or its node, goes: a tenth of a second or so.
   */
  private static final int LAZINESS = 20;

  private final DeviceId device;
  private final Memory memory;
  private final Restante node;
  private final Journal journal;
  private final Random random;
  private final Map<ConversationId, Sending> sendings = new LinkedHashMap<>();

  private BlockingQueue<Runnable> events = new LinkedBlockingQueue<>();
  private @Nullable DeviceSession session;
  private @Nullable Cursor applied;
  private @Nullable Cursor acknowledging;
  private long silentUntilNanos;

  private volatile boolean stopping;
  private volatile boolean drained;
  private volatile boolean finished;
  private volatile @Nullable Map<ConversationId, Long> targets;

  /** One conversation as this device sends to it. */
  private final class Sending {
    final ConversationId conversation;
    final Memory.Outbox outbox;
    int lastSent;
    int waiting;
    boolean broken;
    long resumeAtNanos;

    Sending(ConversationId conversation, Memory.Outbox outbox) {
      this.conversation = conversation;
      this.outbox = outbox;
    }

    /** A new connection begins with what was not acknowledged. */
    void begin() {
      lastSent = 0;
      waiting = 0;
      broken = false;
    }

    void pump(DeviceSession to) {
      if (broken) {
        if (waiting > 0 || System.nanoTime() < resumeAtNanos) {
          return;
        }
        int first = outbox.unacknowledged.isEmpty() ? outbox.next : outbox.unacknowledged.first();
        to.resume(conversation, World.draft(device, conversation, first).clientId());
        begin();
      }
      while (waiting < IN_FLIGHT) {
        Integer next = outbox.unacknowledged.higher(lastSent);
        if (next == null) {
          if (stopping || random.nextInt(100) >= EAGERNESS) {
            return;
          }
          next = outbox.next++;
          outbox.unacknowledged.add(next);
        }
        send(to, next);
      }
    }

    private void send(DeviceSession to, int n) {
      lastSent = n;
      waiting++;
      journal.write(Kind.INTENT, World.name(device), conversation.key(), n, now());
      BlockingQueue<Runnable> mine = events;
      to.submit(World.draft(device, conversation, n))
          .whenComplete((result, failure) -> mine.add(() -> answered(n, result, failure)));
    }

    private void answered(
        int n, @Nullable Result<Acknowledgement> result, @Nullable Throwable failure) {
      waiting--;
      if (result == null) {
        wrong("submit threw " + failure);
        return;
      }
      result.fold(
          acknowledgement -> {
            acknowledged(n, acknowledgement);
            return true;
          },
          refusal -> {
            refused(n, refusal);
            return false;
          });
    }

    private void acknowledged(int n, Acknowledgement given) {
      outbox.unacknowledged.remove(n);
      journal.write(
          Kind.ACK,
          World.name(device),
          conversation.key(),
          n,
          given.seq(),
          given.serverTime().toEpochMilli(),
          given.repeat(),
          now());
    }

    private void refused(int n, Refusal refusal) {
      journal.write(
          Kind.REFUSED,
          World.name(device),
          conversation.key(),
          n,
          refusal.code(),
          now(),
          refusal.detail().replaceAll("\\s", "_"));
      if (!PASSING.contains(refusal.code())) {
        wrong("refused: " + refusal);
      }
      broken = true;
      resumeAtNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(20 + random.nextInt(40));
    }
  }

  DeviceLife(DeviceId device, Memory memory, Restante node, Journal journal, long seed) {
    this.device = device;
    this.memory = memory;
    this.node = node;
    this.journal = journal;
    this.random = new Random(seed);
    for (ConversationId conversation : World.conversationsOf(device.user())) {
      sendings.put(conversation, new Sending(conversation, memory.outbox(conversation.key())));
    }
  }

  DeviceId device() {
    return device;
  }

  /** Lets the device say nothing new. */
  void stop() {
    stopping = true;
  }

  /** Whether, having stopped, everything it said was acknowledged. */
  boolean isDrained() {
    return drained;
  }

  /** Lets the device end when it has each conversation up to these numbers. */
  void finish(Map<ConversationId, Long> upTo) {
    targets = upTo;
  }

  boolean isFinished() {
    return finished;
  }

  @Override
  public void run() {
    try {
      while (!finished) {
        connect();
        live();
        disconnect();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      wrong("threw " + e);
      throw e;
    }
  }

  private void connect() {
    events = new LinkedBlockingQueue<>();
    acknowledging = null;
    applied = null;
    sendings.values().forEach(Sending::begin);
    String place = random.nextBoolean() ? memory.cursor() : null;
    journal.write(Kind.CONNECT, World.name(device), place == null ? "-" : place);
    memory.connected(place != null);
    SyncPolicy policy = SyncPolicy.everything().withPages(1 + random.nextInt(60), 64 * 1024);
    if (place != null) {
      policy = policy.resumeAt(new Cursor(place));
    }
    BlockingQueue<Runnable> mine = events;
    Receiver[] receiver = new Receiver[1];
    receiver[0] = new Receiver(delivery -> mine.add(() -> apply(delivery, receiver[0])));
    DeviceSession begun = node.sync().connect(device, policy, receiver[0]);
    begun
        .ended()
        .thenAccept(
            end -> {
              if (end != DeviceSession.End.CLOSED && end != DeviceSession.End.NODE_CLOSING) {
                wrong("session ended: " + end);
              }
            });
    session = begun;
  }

  private void live() throws InterruptedException {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(150 + random.nextInt(700));
    while (!finished && (stopping || System.nanoTime() < until || isWaiting())) {
      boolean sends = stopping || System.nanoTime() < until;
      Runnable event = events.poll(1 + random.nextInt(8), TimeUnit.MILLISECONDS);
      while (event != null) {
        event.run();
        event = events.poll();
      }
      DeviceSession current = session;
      if (current != null) {
        if (sends && speaks()) {
          sendings.values().forEach(sending -> sending.pump(current));
        }
        acknowledge(current);
      }
      drained =
          stopping
              && sendings.values().stream().allMatch(each -> each.outbox.unacknowledged.isEmpty());
      finished = drained && hasEverything();
    }
  }

  /** What is left when nothing new is to be said is said at once. */
  private boolean speaks() {
    long now = System.nanoTime();
    if (!stopping && now < silentUntilNanos) {
      return false;
    }
    silentUntilNanos = now + TimeUnit.MILLISECONDS.toNanos(1 + random.nextInt(SILENCE_MILLIS));
    return true;
  }

  /** A phone waits for its answers before it goes; other devices do not. */
  private boolean isWaiting() {
    return device.value().equals("phone")
        && sendings.values().stream().anyMatch(each -> each.waiting > 0);
  }

  /** Whatever is on its way from here on is lost. */
  private void disconnect() throws InterruptedException {
    DeviceSession current = session;
    if (current != null) {
      current.close();
    }
    if (!finished) {
      BlockingQueue<Runnable> nothing = new LinkedBlockingQueue<>();
      nothing.poll(10 + random.nextInt(120), TimeUnit.MILLISECONDS);
    }
  }

  private void apply(Delivery delivery, Receiver from) {
    if (delivery instanceof Delivery.Page page) {
      page.entries().forEach(this::apply);
      journal.write(Kind.PAGE, World.name(device), page.cursor().token());
      memory.page(page.cursor().token());
      applied = page.cursor();
    } else if (delivery instanceof Delivery.CaughtUp end) {
      journal.write(Kind.CAUGHT_UP, World.name(device), end.cursor().token());
      memory.caughtUp(end.cursor().token());
      applied = end.cursor();
    } else {
      wrong("was given " + delivery);
    }
    from.more();
  }

  private void apply(Entry entry) {
    if (!(entry instanceof LogEntry logged)) {
      return;
    }
    String sender = "-";
    int n = 0;
    if (logged instanceof Message message) {
      sender = World.name(message.sender());
      n = World.numberOf(message);
      if (n == 0) {
        wrong("content of " + message);
      }
    }
    String conversation = logged.conversation().key();
    journal.write(Kind.APPLIED, World.name(device), conversation, logged.seq(), sender, n);
    memory.applied(conversation, logged.seq());
  }

  /** Not every time: some of what was applied stays unacknowledged for a while. */
  private void acknowledge(DeviceSession current) {
    Cursor place = applied;
    if (place == null || place.equals(acknowledging) || random.nextInt(LAZINESS) > 0) {
      return;
    }
    acknowledging = place;
    journal.write(Kind.ACKNOWLEDGE, World.name(device), place.token());
    BlockingQueue<Runnable> mine = events;
    current.acknowledge(place).thenAccept(result -> mine.add(() -> acknowledged(place, result)));
  }

  private void acknowledged(Cursor place, Result<Cursor> result) {
    Optional<Refusal> refusal = result.whyRefused();
    if (refusal.isPresent()) {
      wrong("cursor " + place.token() + ": " + refusal.get());
    } else {
      journal.write(Kind.ACKNOWLEDGED, World.name(device), place.token(), result.orThrow().token());
    }
  }

  private boolean hasEverything() {
    Map<ConversationId, Long> upTo = targets;
    if (upTo == null) {
      return false;
    }
    return upTo.entrySet().stream()
        .allMatch(target -> memory.newest(target.getKey().key()) >= target.getValue());
  }

  private void wrong(String what) {
    journal.write(Kind.WRONG, World.name(device), what.replace('\n', ' '));
  }

  private static long now() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }
}
