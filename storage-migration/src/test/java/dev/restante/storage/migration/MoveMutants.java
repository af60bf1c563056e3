package dev.restante.storage.migration;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.DedupKey;
import dev.restante.storage.Guard;
import dev.restante.storage.LockedPlan;
import dev.restante.storage.RecordKey;
import dev.restante.storage.Store;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamKey;
import dev.restante.storage.WalkPage;
import dev.restante.storage.migration.MoveStory.Eyes;
import dev.restante.storage.migration.Papers.Node;
import dev.restante.storage.migration.Papers.Plan;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** Moves that leave out one thing each: what a node does wrong is done to its calls. */
final class MoveMutants {
  record Mutant(String deed, Eyes eyes) {
    @Override
    public String toString() {
      return "a move that " + deed;
    }
  }

  private MoveMutants() {}

  static Stream<Mutant> all() {
    return Stream.of(
        old("writes into the old store without a guard on the plan", Unguarded::new),
        old("calls harmless what may land later", Harmless::new),
        old("does not see the other nodes", Alone::new),
        old("waits for nobody to drain", Impatient::new),
        old("reads without a look at the plan", Remembering::new),
        old("forgets submits when it walks", Forgetful::new),
        fresh("copies without a guard on the fence", Unfenced::new),
        fresh("does not look for what only the new store has", HalfWay::new));
  }

  private static Mutant old(String deed, BiFunction<Store, Wire.Weather, Wire> eyes) {
    return new Mutant(deed, new Eyes(eyes, Wire::new));
  }

  private static Mutant fresh(String deed, BiFunction<Store, Wire.Weather, Wire> eyes) {
    return new Mutant(deed, new Eyes(Wire::new, eyes));
  }

  private static Commit without(Commit commit, RecordKey guard) {
    List<Guard> guards =
        commit.guards().stream().filter(each -> !each.key().equals(guard)).toList();
    return new Commit(
        commit.nowMillis(),
        commit.exclusive(),
        commit.logs(),
        commit.inboxes(),
        commit.dedups(),
        commit.records(),
        guards);
  }

  private static boolean isPapers(Commit commit) {
    return commit.records().stream().anyMatch(write -> Papers.isPaper(write.key()));
  }

  private static final class Unguarded extends Wire {
    Unguarded(Store good, Weather weather) {
      super(good, weather);
    }

    @Override
    public CommitOutcome commit(Commit commit) {
      return super.commit(isPapers(commit) ? commit : without(commit, Papers.PLAN));
    }
  }

  private static final class Unfenced extends Wire {
    Unfenced(Store good, Weather weather) {
      super(good, weather);
    }

    @Override
    public CommitOutcome commit(Commit commit) {
      return super.commit(without(commit, Papers.FENCE));
    }
  }

  private static final class Harmless extends Wire {
    Harmless(Store good, Weather weather) {
      super(good, weather);
    }

    @Override
    public CommitOutcome commit(Commit commit) {
      try {
        return super.commit(commit);
      } catch (StoreException e) {
        throw isPapers(commit) ? e : new StoreException(Effect.TRANSIENT, "nothing happened", e);
      }
    }

    @Override
    public CommitOutcome commitLocked(List<StreamKey> streams, LockedPlan plan) {
      return super.commitLocked(streams, plan);
    }
  }

  private static final class Alone extends Wire {
    Alone(Store good, Weather weather) {
      super(good, weather);
    }

    @Override
    public List<StoredRecord> list(StreamKey partition, String space, String afterId, int limit) {
      List<StoredRecord> found = super.list(partition, space, afterId, limit);
      return space.equals(Papers.SPACE) ? List.of() : found;
    }
  }

  private static final class Impatient extends Wire {
    Impatient(Store good, Weather weather) {
      super(good, weather);
    }

    @Override
    public List<StoredRecord> list(StreamKey partition, String space, String afterId, int limit) {
      Plan plan = Plan.of(good.records(List.of(Papers.PLAN)).get(Papers.PLAN));
      return super.list(partition, space, afterId, limit).stream()
          .map(stored -> Papers.isNode(stored.key()) ? drained(stored, plan) : stored)
          .toList();
    }

    private static StoredRecord drained(StoredRecord stored, Plan plan) {
      Node node = Node.of(stored.key(), stored);
      Node so = new Node(node.key(), node.version(), node.incarnation(), plan.version());
      return new StoredRecord(stored.key(), stored.version(), so.payload());
    }
  }

  /** Looks at the plan once in a while only. */
  private static final class Remembering extends Wire {
    private Map<RecordKey, StoredRecord> known = Map.of();
    private int looks;

    Remembering(Store good, Weather weather) {
      super(good, weather);
    }

    @Override
    public Map<RecordKey, StoredRecord> records(Collection<RecordKey> keys) {
      if (keys.size() == 1 && keys.contains(Papers.PLAN) && looks++ % 4 != 0) {
        return known;
      }
      Map<RecordKey, StoredRecord> found = super.records(keys);
      if (keys.contains(Papers.PLAN)) {
        known = found;
      }
      return found;
    }
  }

  private static final class Forgetful extends Wire {
    Forgetful(Store good, Weather weather) {
      super(good, weather);
    }

    @Override
    public WalkPage walk(String from, int limit) {
      WalkPage page = super.walk(from, limit);
      List<DedupKey> none = List.of();
      return new WalkPage(page.streams(), none, page.records(), page.next());
    }
  }

  private static final class HalfWay extends Wire {
    HalfWay(Store good, Weather weather) {
      super(good, weather);
    }

    @Override
    public WalkPage walk(String from, int limit) {
      return new WalkPage(List.of(), List.of(), List.of(), "");
    }
  }
}
