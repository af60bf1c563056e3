package dev.restante.crash;

import static dev.restante.crash.World.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.restante.Health;
import dev.restante.Restante;
import dev.restante.RestanteOptions;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.Message;
import dev.restante.api.Refusal;
import dev.restante.api.UserId;
import dev.restante.api.sync.Delivery;
import dev.restante.api.sync.DeviceSession;
import dev.restante.api.sync.SyncPolicy;
import dev.restante.bus.LocalBus;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import dev.restante.storage.StreamKey;
import dev.restante.storage.migration.Move;
import dev.restante.storage.migration.MoveOptions;
import dev.restante.storage.migration.MovePhase;
import dev.restante.storage.migration.MoveStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;

/**
 * Nodes in this process whose store is moved while they work: pairs of users write and read, each
 * pair on nodes of its own choice. For one thread.
 */
final class MovingSystem implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int PAIRS = 4;
  private static final int ALL = 1 << 30;

  private final String name;
  private final LocalBus bus = LocalBus.create();
  private final List<Restante> nodes = new ArrayList<>();
  private final List<Move> moves = new ArrayList<>();
  private final List<Storage> fresh = new ArrayList<>();
  private final List<Pair> pairs = new ArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private volatile boolean writing = true;
  private volatile boolean closed;

  MovingSystem(String name) {
    this.name = name;
  }

  void node(Storage from, Storage to) {
    Move move =
        Move.between(
            from, to, MoveOptions.of("node" + moves.size()).longestPause(Duration.ofSeconds(20)));

    Restante node =
        Restante.builder()
            .storage(move.storage())
            .bus(bus)
            .options(RestanteOptions.builder().pollInterval(Duration.ofSeconds(1)).build())
            .build();
    assertThat(get(node.opened()).state()).isEqualTo(Health.State.UP);
    moves.add(move);
    fresh.add(to);
    nodes.add(node);
  }

  /** Whoever writes to one other, one message after another. */
  private final class Pair {
    private final DeviceId writer;
    private final DeviceId reader;
    private final ConversationId talk;
    private final Restante writersNode;
    private final CompletableFuture<DeviceSession> session = new CompletableFuture<>();
    private final Receiver receiver = new Receiver(this::take);

    /** Numbers of sequence and clients' ids, as they came. */
    private final List<Long> seqs = new CopyOnWriteArrayList<>();

    private final ConcurrentLinkedQueue<String> heard = new ConcurrentLinkedQueue<>();
    private final List<String> acknowledged = new CopyOnWriteArrayList<>();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicLong longestNanos = new AtomicLong();

    Pair(int number) {
      writer = UserId.of("writer " + number).device("phone");
      reader = UserId.of("reader " + number).device("phone");
      talk = ConversationId.between(writer.user(), reader.user());
      writersNode = nodes.get(number % nodes.size());
      Restante readersNode = nodes.get((number / 2) % nodes.size());
      session.complete(readersNode.sync().connect(reader, SyncPolicy.everything(), receiver));
    }

    private void take(Delivery delivery) {
      if (delivery instanceof Delivery.Page page) {
        for (var entry : page.entries()) {
          if (entry instanceof Message message) {
            seqs.add(message.seq());
            heard.add(message.clientId());
          }
        }
        session.join().acknowledge(page.cursor());
      }
      receiver.more();
    }

    /** A message is said again until it is acknowledged. */
    void write() {
      long last = System.nanoTime();
      for (int n = 1; writing; n++) {
        Draft draft = Draft.text(writer, talk, "message " + n, "text " + n);
        Optional<Refusal> refusal = get(writersNode.messages().submit(draft)).whyRefused();
        while (refusal.isPresent()) {
          refused.incrementAndGet();
          LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
          refusal = get(writersNode.messages().submit(draft)).whyRefused();
        }
        acknowledged.add(draft.clientId());
        // The disks of a test are slow: it is not to be their limit that is tested.
        LockSupport.parkNanos(Duration.ofMillis(4).toNanos());
        long now = System.nanoTime();
        longestNanos.accumulateAndGet(now - last, Math::max);
        last = now;
      }
    }

    void judge() {
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(heard).hasSizeGreaterThanOrEqualTo(acknowledged.size()));
      assertThat(List.copyOf(heard)).as("%s, in order and once", talk).isEqualTo(acknowledged);
      assertThat(seqs).isEqualTo(LongStream.rangeClosed(1, seqs.size()).boxed().toList());
      assertThat(session.join().ended().toCompletableFuture()).isNotDone();
    }

    /** Devices that were there heard it from the nodes' memory, too. Others will not. */
    void judge(Store store) {
      StreamKey log = StreamKey.log(talk.tenant(), talk.key());
      StreamKey inbox = StreamKey.inbox(reader.user().tenant(), reader.user().value());
      List<Long> all = LongStream.rangeClosed(1, seqs.size()).boxed().toList();
      assertThat(store.readLog(new LogRange(log, 1, Long.MAX_VALUE, false, ALL, ALL)).rows())
          .as("%s in the new store", talk)
          .extracting(LogRow::seq)
          .isEqualTo(all);
      // What the reader has acknowledged may have been trimmed.
      List<Long> left =
          store.readInbox(inbox, 0, ALL, ALL).items().stream()
              .filter(item -> log.equals(item.row().log()))
              .map(item -> item.row().seq())
              .toList();
      assertThat(left)
          .as("the inbox of %s in the new store", reader)
          .isEqualTo(all.subList(all.size() - left.size(), all.size()));
    }
  }

  /** Moves, with traffic before, meanwhile and afterwards, and judges. */
  void move() throws Exception {
    for (int i = 0; i < PAIRS; i++) {
      pairs.add(new Pair(i));
    }
    List<Future<?>> running = new ArrayList<>();
    pairs.forEach(pair -> running.add(threads.submit(pair::write)));
    moves.forEach(move -> threads.execute(() -> work(move)));
    awaitTraffic();
    moves.get(0).start(System.currentTimeMillis());
    long began = System.nanoTime();
    await().atMost(PATIENCE).until(() -> moves.get(0).status().phase() == MovePhase.VERIFY);
    awaitTraffic();
    long before = acknowledged();
    await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(this::switched);
    double seconds = (System.nanoTime() - began) / 1e9;
    long meanwhile = acknowledged() - before;
    awaitTraffic();
    writing = false;
    for (Future<?> one : running) {
      one.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
    pairs.forEach(Pair::judge);
    try (Store store = fresh.get(0).open(new StoreContext(Duration.ofSeconds(20)))) {
      pairs.forEach(pair -> pair.judge(store));
    }
    MoveStatus status = moves.get(0).status();
    assertThat(status.diverged()).isZero();
    assertThat(status.copiedRows()).isPositive();
    assertThat(moves)
        .allSatisfy(move -> assertThat(move.status().phase()).isEqualTo(MovePhase.DONE));
    System.out.printf(
        "%s: moved in %.1f s; %d messages acknowledged, %d of them while it was switched;"
            + " longest wait of a writer %d ms, %d submits refused; %d rows copied, %d mirrored%n",
        name,
        seconds,
        acknowledged(),
        meanwhile,
        pairs.stream().mapToLong(pair -> pair.longestNanos.get()).max().orElse(0) / 1_000_000,
        pairs.stream().mapToInt(pair -> pair.refused.get()).sum(),
        moves.stream().mapToLong(move -> move.status().copiedRows()).sum(),
        moves.stream().mapToLong(move -> move.status().mirrored()).sum());
  }

  /** Asks for the switch until it is made. */
  private boolean switched() {
    MoveStatus status = moves.get(0).status();
    if (status.phase() == MovePhase.VERIFY && !status.switching()) {
      try {
        moves.get(0).switchOver();
      } catch (StoreException e) {
        return false; // it is asked for again
      }
    }
    return moves.stream().allMatch(move -> move.status().phase() == MovePhase.DONE);
  }

  private void work(Move move) {
    while (!closed) {
      boolean busy = false;
      try {
        busy = move.work(System.currentTimeMillis()).busy();
      } catch (StoreException e) {
        System.out.println(name + ": " + e);
      }
      if (!busy) {
        LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
      }
    }
  }

  private long acknowledged() {
    return pairs.stream().mapToLong(pair -> pair.acknowledged.size()).sum();
  }

  /** Every pair gets some more across. */
  private void awaitTraffic() {
    List<Integer> before = pairs.stream().map(pair -> pair.acknowledged.size()).toList();
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              for (int i = 0; i < pairs.size(); i++) {
                if (pairs.get(i).acknowledged.size() < before.get(i) + 100) {
                  return false;
                }
              }
              return true;
            });
  }

  @Override
  public void close() {
    writing = false;
    closed = true;
    threads.shutdown();
    nodes.forEach(node -> node.close(Duration.ofSeconds(5)));
  }
}
