package dev.restante;

import static java.util.Objects.requireNonNull;

import dev.restante.bus.NodeBus;
import dev.restante.internal.Node;
import dev.restante.storage.EnqueueSource;
import dev.restante.storage.Storage;
import dev.restante.storage.StorageProvider;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/** Puts a node together. Not safe for use by several threads. */
public final class RestanteBuilder {
  private @Nullable Storage storage;
  private @Nullable Storage cursors;
  private @Nullable Storage leases;
  private RestanteOptions options = RestanteOptions.defaults();
  private @Nullable Resources resources;
  private RestanteListener listener = new RestanteListener() {};
  private @Nullable NodeBus bus;
  private @Nullable EnqueueSource<?> relaySource;

  RestanteBuilder() {}

  /** The store, as an instance. Whatever store was named before is forgotten. */
  public RestanteBuilder storage(Storage instance) {
    storage = requireNonNull(instance, "storage");
    return this;
  }

  /**
   * The store, by the name of its provider.
   *
   * @param name such as {@code embedded}, {@code jdbc}, {@code memory}
   * @param settings as the provider documents them
   * @throws IllegalArgumentException if there is not exactly one provider of that name (the message
   *     lists those found), it was made for another version of the SPI, or a setting is wrong
   */
  public RestanteBuilder storage(String name, Map<String, String> settings) {
    List<StorageProvider> found =
        ServiceLoader.load(StorageProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .toList();
    List<StorageProvider> named = found.stream().filter(each -> each.name().equals(name)).toList();
    if (named.size() != 1) {
      throw new IllegalArgumentException(
          named.size() + " storage providers are named '" + name + "'; found: " + list(found));
    }
    StorageProvider provider = named.get(0);
    if (provider.specVersion() != StorageProvider.SPEC_VERSION) {
      throw new IllegalArgumentException(
          "storage provider "
              + list(named)
              + " was made for version "
              + provider.specVersion()
              + " of the SPI, this is version "
              + StorageProvider.SPEC_VERSION);
    }
    return storage(provider.create(settings));
  }

  /**
   * A store of its own for where devices stand: their cursors, and which of their sessions is the
   * current one. These are written far more often than anything else that is small, and may be
   * weaker: the minimum durability is not asked of it, and if it loses everything, no message is
   * lost: each device begins once with a snapshot, or at a place that it acknowledged earlier, if
   * that was still under way. As long as it cannot be reached, sessions do not begin and
   * acknowledgements wait; messages are accepted and read as ever. A node that starts needs both.
   * All nodes on a store need the same one; it must be shared if the other one is.
   *
   * <p>A call to it may take a quarter of {@link RestanteOptions#storeCallTimeout()}, and it must
   * keep that: calls that it does not end keep the node's threads.
   *
   * <p>To move cursors there later, or back, costs each device one snapshot.
   */
  public RestanteBuilder cursors(Storage instance) {
    cursors = requireNonNull(instance, "cursors");
    return this;
  }

  /**
   * A store of its own for leases: which of the nodes on a shared store does the background work
   * that is done once for all of them, such as removing expired submits. Each lease is renewed
   * three to four times in a {@link RestanteOptions#leaseDuration()}, and read by every other node
   * as often; that is all that the main store is spared. Every node has to have the same store of
   * leases, and it must be shared if the main one is. The minimum durability is not asked of it:
   * where it loses everything, two nodes may believe for a moment that the work is theirs, and what
   * must not be done by two is fenced in the main store, so that only one of them can do it. As
   * long as it cannot be reached background work rests, and nothing else does. A node that starts
   * needs it.
   *
   * <p>May be the same object as {@link #cursors}. As there, a call to it may take a quarter of
   * {@link RestanteOptions#storeCallTimeout()}, and it must keep that.
   */
  public RestanteBuilder leases(Storage instance) {
    leases = requireNonNull(instance, "leases");
    return this;
  }

  /**
   * The way to the other nodes on the same store. With it a device hears within milliseconds what
   * came in on another node; without, or while it does not work, within {@link
   * RestanteOptions#pollInterval()}. Nothing else depends on it.
   */
  public RestanteBuilder bus(NodeBus value) {
    bus = requireNonNull(value, "bus");
    return this;
  }

  /**
   * Where transactions of the host enqueue messages ({@link TransactionalEnqueue}): this node takes
   * part in submitting them. One node that does is enough, several relieve each other.
   */
  public RestanteBuilder relayFrom(EnqueueSource<?> value) {
    relaySource = requireNonNull(value, "relayFrom");
    return this;
  }

  /** The numbers; {@link RestanteOptions#defaults()} if not told. */
  public RestanteBuilder options(RestanteOptions value) {
    options = requireNonNull(value, "options");
    return this;
  }

  /** Time and threads; if not told, the node makes its own and closes them. */
  public RestanteBuilder resources(Resources value) {
    resources = requireNonNull(value, "resources");
    return this;
  }

  /** Who is told what an operator wants to know. */
  public RestanteBuilder listener(RestanteListener value) {
    listener = requireNonNull(value, "listener");
    return this;
  }

  /**
   * Starts the node. Does not wait for the store: if that cannot be reached now, the node keeps
   * trying and refuses requests with {@code UNAVAILABLE} meanwhile; see {@link Restante#health()}.
   *
   * @throws IllegalStateException if no store was named
   */
  public Restante build() {
    if (storage == null) {
      throw new IllegalStateException("name a store: storage(instance) or storage(name, settings)");
    }
    return Node.start(storage, cursors, leases, bus, relaySource, options, resources, listener);
  }

  private static String list(List<StorageProvider> providers) {
    return providers.stream()
        .map(each -> each.name() + " (" + each.getClass().getName() + ")")
        .sorted()
        .toList()
        .toString();
  }
}
