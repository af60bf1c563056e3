package dev.restante.internal;

import static java.util.Objects.requireNonNull;

import dev.restante.Counters;
import dev.restante.Health;
import dev.restante.Resources;
import dev.restante.Restante;
import dev.restante.RestanteListener;
import dev.restante.RestanteOptions;
import dev.restante.api.conversation.Conversations;
import dev.restante.api.message.Messages;
import dev.restante.api.message.Relay;
import dev.restante.api.sync.Devices;
import dev.restante.api.sync.Sync;
import dev.restante.bus.NodeBus;
import dev.restante.storage.EnqueueSource;
import dev.restante.storage.MessageCacheCounts;
import dev.restante.storage.Storage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Wires a node. The only place where the engines meet. */
public final class Node implements Restante {
  private static final Logger log = LoggerFactory.getLogger(Node.class);
  private static final Duration LONGEST_CLOSING = Duration.ofDays(1000);

  private final Tally tally = new Tally();
  private final @Nullable SystemResources owned;
  private final Resources resources;
  private final StoreAccess store;
  private final Hints hints;
  private final Committer committer;
  private final MessageEngine messages;
  private final ConversationEngine conversations;
  private final DeviceEngine devices;
  private final SyncEngine sync;
  private final DedupSweeper sweeper;
  private final @Nullable RelayEngine relay;

  private Node(
      Storage storage,
      @Nullable Storage cursors,
      @Nullable Storage leases,
      @Nullable NodeBus bus,
      @Nullable EnqueueSource<?> relaySource,
      RestanteOptions options,
      @Nullable Resources given,
      RestanteListener listener) {
    owned = given == null ? SystemResources.create(options) : null;
    resources = given == null ? requireNonNull(owned).resources() : given;
    Told told = new Told(listener, resources);
    hints = new Hints(bus, resources, tally);
    hints.onHints(this::heard);
    hints.onChange(() -> told.tell(each -> each.healthChanged(health())));
    store =
        new StoreAccess(
            ComposedStorage.of(storage, cursors, leases, resources.nanoTime()),
            options,
            resources,
            health -> told.tell(each -> each.healthChanged(withBus(health))),
            this::storeIsUp);
    long number = number(resources);
    sweeper = new DedupSweeper(store, options, resources, tally, number);
    Epoch epoch = new Epoch();
    committer = new Committer(store, options, resources, tally, epoch, hints);
    messages = new MessageEngine(committer, store, options, resources, tally);
    conversations = new ConversationEngine(committer, store, options, resources);
    devices = new DeviceEngine(committer, store, options, resources, epoch);
    sync =
        new SyncEngine(
            committer,
            store,
            options,
            resources,
            tally,
            epoch,
            hints,
            devices,
            messages,
            told::tell);
    relay =
        relaySource == null
            ? null
            : new RelayEngine(
                relaySource, store, messages, options, resources, tally, told::tell, number);
  }

  /** What tells this life of this node from every other, in leases and in turns of the relay. */
  private static long number(Resources resources) {
    long number;
    do {
      number = resources.random().nextLong();
    } while (number == LeaseRecord.NOBODY);
    return number;
  }

  /** Starts a node. */
  public static Restante start(
      Storage storage,
      @Nullable Storage cursors,
      @Nullable Storage leases,
      @Nullable NodeBus bus,
      @Nullable EnqueueSource<?> relaySource,
      RestanteOptions options,
      @Nullable Resources given,
      RestanteListener listener) {
    Node node = new Node(storage, cursors, leases, bus, relaySource, options, given, listener);
    node.store.open();
    if (node.relay != null) {
      node.relay.start();
    }
    return node;
  }

  private void storeIsUp() {
    sync.storeIsUp();
    sweeper.start();
    hints.storeIsUp(store);
    if (relay != null) {
      relay.storeIsUp();
    }
  }

  private void heard(List<Hint> told) {
    List<Hint.Head> heads = new ArrayList<>(told.size());
    for (Hint hint : told) {
      if (hint instanceof Hint.Head head) {
        heads.add(head);
      } else if (hint instanceof Hint.Devices changed) {
        sync.lookAfter(changed.user());
        if (hints.holdsBack()) {
          committer.tellHead(changed.user());
        }
      }
    }
    committer.hear(heads);
  }

  private Health withBus(Health ofStore) {
    return new Health(ofStore.state(), ofStore.detail(), hints.state());
  }

  @Override
  public Messages messages() {
    return messages;
  }

  @Override
  public Conversations conversations() {
    return conversations;
  }

  @Override
  public Sync sync() {
    return sync;
  }

  @Override
  public Devices devices() {
    return devices;
  }

  @Override
  public Relay relay() {
    if (relay == null) {
      throw new IllegalStateException("this node has no relay: relayFrom(source) gives it one");
    }
    return relay;
  }

  @Override
  public CompletionStage<Health> opened() {
    return store.opened().thenApply(this::withBus);
  }

  @Override
  public Health health() {
    return withBus(store.health());
  }

  @Override
  public Counters counters() {
    MessageCacheCounts messages = store.messageCache();
    return new Counters(
        tally.accepted.sum(),
        tally.repeats.sum(),
        tally.refused.sum(),
        tally.overloads.sum(),
        tally.commits.sum(),
        tally.conflicts.sum(),
        tally.unknownCommits.sum(),
        tally.lockedCommits.sum(),
        committer.queuedWorks(),
        committer.queuedBytes(),
        tally.sessions.sum(),
        tally.delivered.sum(),
        tally.storeReads.sum(),
        messages.hits(),
        messages.misses(),
        tally.trimmedRows.sum(),
        tally.lossEvents.sum(),
        tally.clockSkews.sum(),
        tally.hintsSent.sum(),
        tally.hintsReceived.sum(),
        tally.hintsDropped.sum(),
        tally.hintsUnreadable.sum(),
        tally.hintsForeign.sum(),
        tally.busLosses.sum(),
        tally.relayed.sum(),
        tally.deadLetters.sum(),
        tally.relayFailures.sum(),
        tally.stalledDevices.sum(),
        tally.setAside.sum(),
        tally.leases.sum(),
        tally.leasesTakenOver.sum(),
        tally.leasesLost.sum());
  }

  /** What is longer does not fit in a number of nanoseconds, or will not be lived to see. */
  private static Duration atMost(Duration limit) {
    return limit.compareTo(LONGEST_CLOSING) > 0 ? LONGEST_CLOSING : limit;
  }

  @Override
  public boolean close(Duration limit) {
    Duration deadline = atMost(requireNonNull(limit, "deadline"));
    long end = resources.nanoTime().getAsLong() + deadline.toNanos();
    sweeper.close();
    if (relay != null) {
      relay.stop();
    }
    boolean drained = committer.close(deadline);
    // One deadline for all of it: what the messages took the acknowledgements do not get again.
    if (relay != null) {
      relay.close(left(end));
    }
    sync.close(left(end));
    hints.close();
    sweeper.awaitClosed(end);
    store.close();
    if (owned != null) {
      owned.close();
    }
    return drained;
  }

  private Duration left(long end) {
    return Duration.ofNanos(Math.max(0, end - resources.nanoTime().getAsLong()));
  }

  /** Calls the host's listener where the host's code may run, and outlives what it throws. */
  private record Told(RestanteListener listener, Resources resources) {
    void tell(Consumer<RestanteListener> event) {
      resources
          .callbacks()
          .execute(
              () -> {
                try {
                  event.accept(listener);
                } catch (RuntimeException e) {
                  log.error("The listener threw", e);
                }
              });
    }
  }
}
