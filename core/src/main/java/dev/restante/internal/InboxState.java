package dev.restante.internal;

import dev.restante.api.UserId;
import dev.restante.storage.InboxItem;
import dev.restante.storage.RecordKey;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What this node knows of a user's inbox and devices. Guarded by the committer's lock. */
final class InboxState extends Stream {
  private static final Session[] NONE = {};

  final UserId user;
  final RecordKey devicesKey;

  /** Itself, for the works that concern this inbox alone. */
  final List<InboxState> alone = List.of(this);

  /** The user's devices; {@code null} if not loaded. */
  @Nullable Directory devices;

  /** The number of the last batch that was told to guard the devices. */
  long guardedIn;

  /** As {@link Stream#loadedAt}, for the devices. */
  long devicesLoadedAt;

  /** The sessions of this user on this node; the array is replaced, never changed. */
  private volatile Session[] sessions = NONE;

  InboxState(UserId user) {
    super(Keys.inbox(user));
    this.user = user;
    this.devicesKey = Keys.devices(user);
  }

  @Override
  void unload() {
    super.unload();
    devices = null;
  }

  /**
   * Only if the user is remembered to have no devices; else the batch is planned at the head that
   * was told, and the store verifies it: an inbox has neither ordinals nor times, so the head is
   * all there is to know. That a user still has no devices is guarded by the head alone (see {@link
   * Batch#guards}), and a head that was told would get past that guard.
   */
  @Override
  boolean isStale() {
    return isDoubted() && devices != null && devices.version() == 0;
  }

  /** The sessions of this user on this node. Safe to call without a lock. */
  List<Session> sessions() {
    return List.of(sessions);
  }

  boolean hasSessions() {
    return sessions.length > 0;
  }

  void add(Session session) {
    Session[] next = Arrays.copyOf(sessions, sessions.length + 1);
    next[next.length - 1] = session;
    sessions = next;
  }

  /** Removes a session, and returns whether it was there. */
  boolean remove(Session session) {
    Session[] next =
        Arrays.stream(sessions).filter(each -> each != session).toArray(Session[]::new);
    boolean removed = next.length < sessions.length;
    sessions = next;
    return removed;
  }

  /** Tells the sessions what was committed. Called without a lock, batch after batch. */
  void publish(List<InboxItem> items) {
    for (Session session : sessions) {
      session.offer(items);
    }
  }
}
