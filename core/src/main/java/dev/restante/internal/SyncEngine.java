package dev.restante.internal;

import dev.restante.Resources;
import dev.restante.RestanteListener;
import dev.restante.RestanteOptions;
import dev.restante.api.DeviceId;
import dev.restante.api.UserId;
import dev.restante.api.sync.Delivery;
import dev.restante.api.sync.DeviceSession;
import dev.restante.api.sync.DeviceSession.End;
import dev.restante.api.sync.Sync;
import dev.restante.api.sync.SyncPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sessions: who is connected here, and what befalls all of them. */
final class SyncEngine implements Sync {
  private static final Logger log = LoggerFactory.getLogger(SyncEngine.class);
  private final Map<DeviceId, Session> sessions = new LinkedHashMap<>();
  private final Tally tally;
  private final Epoch epoch;
  private final RecordWriter records;
  private final Trimmer trimmer;
  private final Poller poller;
  private final Consumer<Consumer<RestanteListener>> listeners;
  private final Session.Engines engines;
  private boolean closed;

  /** The epoch to which the store's is being raised: once is enough, it is repeated until done. */
  private long raising;

  SyncEngine(
      Committer committer,
      StoreAccess store,
      RestanteOptions options,
      Resources resources,
      Tally tally,
      Epoch epoch,
      Hints hints,
      DeviceEngine devices,
      MessageEngine messages,
      Consumer<Consumer<RestanteListener>> listeners) {
    this.tally = tally;
    this.epoch = epoch;
    this.listeners = listeners;
    this.records = new RecordWriter(store, resources);
    this.trimmer = new Trimmer(store, options, resources, tally, epoch);
    this.poller =
        new Poller(store, options, resources, epoch, records, this::all, committer::sessions);
    this.engines =
        new Session.Engines(
            committer,
            store,
            options,
            resources,
            tally,
            epoch,
            devices,
            messages,
            records,
            new Claims(resources),
            hints,
            trimmer,
            this::storeLost,
            listeners,
            this::ended);
    hints.connected(this::connected);
    committer.onLoss(lost -> storeLost(what(lost.stream()), epoch.known(), lost.had(), lost.has()));
    epoch.onRise(committer::forgetHeads);
    epoch.onRise(() -> all().forEach(Session::epochRose));
    devices.onChange(
        user -> {
          poller.lookAfter(user);
          hints.tellDevices(user);
        });
  }

  @Override
  public DeviceSession connect(
      DeviceId device, SyncPolicy policy, Flow.Subscriber<? super Delivery> subscriber) {
    Session session = new Session(device, policy, subscriber, engines);
    Session before = null;
    boolean refused;
    synchronized (this) {
      refused = closed;
      if (!refused) {
        before = sessions.put(device, session);
      }
    }
    if (before != null) {
      before.end(End.REPLACED);
    }
    tally.sessions.increment();
    session.start();
    if (refused) {
      session.end(End.NODE_CLOSING);
    } else {
      poller.start();
    }
    return session;
  }

  private void ended(Session session) {
    synchronized (this) {
      sessions.remove(session.device(), session);
    }
    tally.sessions.decrement();
  }

  private synchronized List<Session> all() {
    return new ArrayList<>(sessions.values());
  }

  /** For whom there are sessions on this node. */
  private Set<UserId> connected() {
    List<DeviceId> devices;
    synchronized (this) {
      devices = new ArrayList<>(sessions.keySet());
    }
    return devices.stream().map(DeviceId::user).collect(Collectors.toSet());
  }

  /** Another node says that the user's devices changed. */
  void lookAfter(UserId user) {
    poller.lookAfter(user);
  }

  /** The sessions that wait for the store need not wait longer. */
  void storeIsUp() {
    all().forEach(Session::retryNow);
  }

  /**
   * The store has less than it acknowledged. Raises its epoch; sessions here are told by that,
   * those on other nodes by their poll.
   */
  private void storeLost(String what, long seenEpoch, long had, long has) {
    if (seenEpoch < epoch.known()) {
      return;
    }
    tally.lossEvents.increment();
    log.error("The store lost acknowledged writes: {} ended at {}, now ends at {}", what, had, has);
    listeners.accept(listener -> listener.storeLostWrites(what, had, has));
    synchronized (this) {
      if (seenEpoch < raising) {
        return;
      }
      raising = seenEpoch + 1;
    }
    records.raise(
        Epoch.above(seenEpoch),
        done -> {
          if (done) {
            epoch.raised(seenEpoch + 1);
          }
        });
  }

  private static String what(Stream stream) {
    return stream.key.kind() + " of " + stream.key.tenant() + ", " + stream.key.name();
  }

  void close(Duration deadline) {
    List<Session> open;
    synchronized (this) {
      closed = true;
      open = all();
    }
    poller.close();
    trimmer.close();
    open.forEach(session -> session.end(End.NODE_CLOSING));
    records.close(deadline);
  }
}
