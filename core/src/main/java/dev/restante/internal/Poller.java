package dev.restante.internal;

import dev.restante.Resources;
import dev.restante.RestanteOptions;
import dev.restante.StoreCalls.Kind;
import dev.restante.api.DeviceId;
import dev.restante.api.UserId;
import dev.restante.storage.RecordKey;
import dev.restante.storage.Store;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks, from time to time, for what other nodes did to the users connected here: appended to their
 * inboxes, took a device's session over, revoked a device, found that the store lost writes. One
 * poll serves the whole node; its cost grows with the sessions, not with the nodes.
 *
 * <p>A session is looked at only if it was open before the poll began, so that a poll that is late
 * does not take a session's own claim for somebody else's.
 */
final class Poller {
  private static final Logger log = LoggerFactory.getLogger(Poller.class);
  private static final int MOST_SESSIONS = 500;
  private static final int MOST_USERS = 100;

  /** How often, at least, a session says that its device is still there. */
  private static final Duration SELDOM = Duration.ofHours(12);

  private final StoreAccess store;
  private final RestanteOptions options;
  private final Resources resources;
  private final Epoch epoch;
  private final RecordWriter records;
  private final Supplier<List<Session>> sessions;
  private final Function<UserId, List<Session>> sessionsOf;
  private final Duration touch;

  /** Users to look after before the next poll. */
  private final Set<UserId> due = new LinkedHashSet<>();

  private boolean lookingAfter;
  private boolean running;
  private boolean closed;

  Poller(
      StoreAccess store,
      RestanteOptions options,
      Resources resources,
      Epoch epoch,
      RecordWriter records,
      Supplier<List<Session>> sessions,
      Function<UserId, List<Session>> sessionsOf) {
    this.store = store;
    this.options = options;
    this.resources = resources;
    this.epoch = epoch;
    this.records = records;
    this.sessions = sessions;
    this.sessionsOf = sessionsOf;
    Duration third = options.dormantAfter().dividedBy(3);
    this.touch = third.compareTo(SELDOM) < 0 ? third : SELDOM;
  }

  /** Begins to poll, if it has not; it ends by itself when nobody is connected. */
  void start() {
    synchronized (this) {
      if (running || closed) {
        return;
      }
      running = true;
    }
    resources.timers().schedule(options.pollInterval(), this::poll);
  }

  synchronized void close() {
    closed = true;
  }

  private void poll() {
    List<Session> all;
    synchronized (this) {
      // Who connects puts his session in before he asks for the poll to start.
      all = sessions.get();
      if (closed || all.isEmpty()) {
        running = false;
        return;
      }
    }
    boolean begun = false;
    try {
      long now = resources.clock().millis();
      all.forEach(session -> session.touch(now, touch, records));
      begun = true;
    } finally {
      if (begun) {
        poll(all, 0);
      } else {
        pollLater();
      }
    }
  }

  private void pollLater() {
    resources.timers().schedule(options.pollInterval(), this::poll);
  }

  /** Looks after some sessions and then the others; a round that fails is not gone on with. */
  private void poll(List<Session> all, int from) {
    int to = from;
    List<Session.Polled> polled = List.of();
    while (polled.isEmpty() && to < all.size()) {
      int next = Math.min(all.size(), to + MOST_SESSIONS);
      polled = polled(all.subList(to, next));
      to = next;
    }
    if (polled.isEmpty()) {
      pollLater();
      return;
    }
    int reached = to;
    look(
        polled,
        looked -> {
          if (looked) {
            poll(all, reached);
          } else {
            pollLater();
          }
        });
  }

  private static List<Session.Polled> polled(List<Session> some) {
    List<Session.Polled> polled = new ArrayList<>(some.size());
    some.forEach(session -> session.poll().ifPresent(polled::add));
    return polled;
  }

  /**
   * Looks after the sessions of one user now. Whoever else is named meanwhile is looked after
   * together, when that is done.
   */
  void lookAfter(UserId user) {
    if (sessionsOf.apply(user).isEmpty()) {
      return;
    }
    synchronized (this) {
      due.add(user);
      if (lookingAfter || closed) {
        return;
      }
      lookingAfter = true;
    }
    lookAfterDue();
  }

  private void lookAfterDue() {
    List<Session.Polled> polled = List.of();
    while (polled.isEmpty()) {
      List<UserId> users;
      synchronized (this) {
        users = due.stream().limit(MOST_USERS).toList();
        users.forEach(due::remove);
        lookingAfter = !users.isEmpty() && !closed;
        if (!lookingAfter) {
          return;
        }
      }
      polled = polled(users.stream().flatMap(user -> sessionsOf.apply(user).stream()).toList());
    }
    look(
        polled,
        looked -> {
          if (!looked) {
            // They, and whoever else is named, are seen by the next poll.
            synchronized (this) {
              due.clear();
            }
          }
          lookAfterDue();
        });
  }

  private void look(List<Session.Polled> polled, Consumer<Boolean> then) {
    Ends.when(
        store.call(Kind.READ, "poll", from -> read(from, polled)),
        (seen, failure) -> {
          boolean told = false;
          try {
            if (seen != null) {
              seen.tell(polled, epoch);
              told = true;
            }
          } finally {
            then.accept(told);
          }
        });
  }

  private static Seen read(Store from, List<Session.Polled> polled) {
    Set<RecordKey> keys = new LinkedHashSet<>();
    keys.add(Keys.EPOCH);
    polled.forEach(
        each -> {
          keys.add(Keys.session(each.session().device()));
          keys.add(Keys.devices(each.session().device().user()));
        });
    Map<RecordKey, StoredRecord> records = records(from, keys);
    List<StreamHead> heads =
        from.heads(
            polled.stream().map(each -> Keys.inbox(each.session().device().user())).toList());
    return new Seen(records, heads);
  }

  /**
   * Claims may be in a store of their own, which may be away: what else there is to see is seen all
   * the same. A claim that is not seen ends no session.
   */
  private static Map<RecordKey, StoredRecord> records(Store from, Set<RecordKey> keys) {
    try {
      return from.records(keys);
    } catch (StoreException e) {
      if (e.effect() != StoreException.Effect.TRANSIENT) {
        throw e;
      }
      return from.records(
          keys.stream().filter(key -> !Keys.OF_DEVICES.contains(key.space())).toList());
    }
  }

  private record Seen(Map<RecordKey, StoredRecord> records, List<StreamHead> heads) {
    void tell(List<Session.Polled> polled, Epoch epoch) {
      epoch.observe(records);
      for (int i = 0; i < polled.size(); i++) {
        try {
          tell(polled.get(i), heads.get(i).head());
        } catch (StoreException unreadable) {
          log.error("A poll could not look after {}", polled.get(i).session().device(), unreadable);
        }
      }
    }

    private void tell(Session.Polled polled, long head) {
      DeviceId device = polled.session().device();
      Directory devices = Directory.of(device.user(), records.get(Keys.devices(device.user())));
      polled.session().seen(polled, devices, records.get(Keys.session(device)), head);
    }
  }
}
