package dev.restante.storage.mongo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoDatabase;
import com.mongodb.event.CommandListener;
import com.mongodb.event.CommandSucceededEvent;
import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.Durability;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxRow;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Storage;
import dev.restante.storage.StorageProvider;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StreamKey;
import dev.restante.testmongo.WireServer;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicBoolean;
import org.bson.Document;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a store is configured, what is told of it, and what it needs. */
final class MongoStorageTest {
  private static final StoreContext CONTEXT = new StoreContext(Duration.ofSeconds(60));

  /** For a server that is waited for in vain. */
  private static final StoreContext HASTY = new StoreContext(Duration.ofSeconds(2));

  @Test
  void isFoundByItsName() {
    assertThat(ServiceLoader.load(StorageProvider.class))
        .anyMatch(
            each ->
                each.name().equals("mongo") && each.specVersion() == StorageProvider.SPEC_VERSION);
  }

  @Test
  void tellsWhereItIsWithoutSecrets() {
    assertThat(MongoStorage.at("mongodb://user:secret@host.example:1/chat").description())
        .isEqualTo("MongoDB host.example:1/chat, collections restante_*");
    Storage other =
        new MongoStorageProvider()
            .create(
                Map.of(
                    "uri", "mongodb://user:secret@one.example,two.example/?replicaSet=rs",
                    "prefix", "other"));
    assertThat(other.description())
        .contains("one.example", "two.example", "/restante", "other_*")
        .doesNotContain("secret");
  }

  @Test
  void tellsAllThatIsWrongAtOnce() {
    Map<String, String> settings = Map.of("prefix", "with.dot", "user", "nobody");
    assertThatThrownBy(() -> new MongoStorageProvider().create(settings))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("uri is missing", "prefix", "user is unknown");
    assertThatThrownBy(() -> new MongoStorageProvider().create(Map.of("uri", "http://:secret")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("mongodb://")
        .hasMessageNotContaining("secret");
  }

  @Test
  void refusesWhatCannotBe() {
    MongoStorage storage = MongoStorage.at("mongodb://localhost");
    assertThatThrownBy(() -> MongoStorage.at("http://:secret@one"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("mongodb://host:port/database")
        .hasMessageNotContaining("secret");
    assertThatThrownBy(() -> storage.withPrefix("a.b"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aServerThatIsNotThereIsUnavailable() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    Storage storage = MongoStorage.at("mongodb://localhost:" + port);
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> storage.open(HASTY))
        .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.UNAVAILABLE));
  }

  @Test
  void aStandaloneServerIsOneDisk() {
    try (Store store = MongoStorage.at(WireServer.shared().uri() + "/one").open(CONTEXT)) {
      assertThat(store.info().durability()).isEqualTo(Durability.LOCAL);
      assertThat(store.info().shared()).isTrue();
    }
  }

  @Test
  void promisesWhatTheDeploymentCanDo() {
    assertThat(Deployment.durability(set("a", "b", "c"), false)).isEqualTo(Durability.MAJORITY);
    assertThat(Deployment.durability(set("a"), false)).isEqualTo(Durability.LOCAL);
    assertThat(Deployment.durability(new Document(), false)).isEqualTo(Durability.LOCAL);
    assertThat(Deployment.durability(set("a", "b"), true)).isEqualTo(Durability.VOLATILE);
  }

  @Test
  void aShardedClusterIsRefused() {
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> Deployment.refuseRouter(new Document("msg", "isdbgrid")))
        .withMessageContaining("sharded")
        .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.FAULT));
    Deployment.refuseRouter(set("a"));
  }

  private static Document set(String... hosts) {
    return new Document("setName", "rs").append("hosts", List.of(hosts));
  }

  @Test
  void theClientOfTheHostStaysOpen() {
    RecordKey key = new RecordKey(StreamKey.STORE, "space", "");
    try (MongoClient client = MongoClients.create(WireServer.shared().uri())) {
      try (Store store = MongoStorage.on(client.getDatabase("hosts")).open(CONTEXT)) {
        store.commit(Commit.ofRecords(1, List.of(RecordWrite.set(key, 3, new byte[1]))));
      }
      try (Store store = MongoStorage.on(client.getDatabase("hosts")).open(CONTEXT)) {
        assertThat(store.records(List.of(key))).containsKey(key);
      }
      try (Store other =
          MongoStorage.on(client.getDatabase("hosts")).withPrefix("other").open(CONTEXT)) {
        assertThat(other.records(List.of(key))).isEmpty();
      }
    }
  }

  /** A node of another version opens the same empty database, and is first by a moment. */
  @Test
  void anotherLayoutThatComesInBetweenIsRefused() {
    try (MongoClient other = MongoClients.create(WireServer.shared().uri())) {
      AtomicBoolean first = new AtomicBoolean(true);
      CommandListener between =
          new CommandListener() {
            @Override
            public void commandSucceeded(CommandSucceededEvent event) {
              if (event.getCommandName().equals("find") && first.getAndSet(false)) {
                other
                    .getDatabase("formatBetween")
                    .getCollection("restante_cells")
                    .insertOne(new Document("_id", "f").append("format", 1));
              }
            }
          };
      MongoClientSettings settings =
          MongoClientSettings.builder()
              .applyConnectionString(new ConnectionString(WireServer.shared().uri()))
              .addCommandListener(between)
              .build();
      try (MongoClient client = MongoClients.create(settings)) {
        Storage storage = MongoStorage.on(client.getDatabase("formatBetween"));
        assertThatExceptionOfType(StoreException.class)
            .isThrownBy(() -> storage.open(CONTEXT))
            .withMessageContaining("format 1");
        assertThat(first).isFalse();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void anotherLayoutIsRefused(int format) {
    try (MongoClient client = MongoClients.create(WireServer.shared().uri())) {
      MongoDatabase database = client.getDatabase("format" + format);
      database
          .getCollection("restante_cells")
          .insertOne(new Document("_id", "f").append("format", format));
      Storage storage = MongoStorage.on(database);
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> storage.open(CONTEXT))
          .withMessageContaining("format " + format)
          .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.FAULT));
    }
  }

  /** The longest names there are, in as many rows as fit; one more is refused, not half written. */
  @Test
  void whatDoesNotFitIntoADocumentIsRefused() {
    String name = "\ud83d\ude00".repeat(StreamKey.MAX_NAME_BYTES / 4);
    StreamKey inbox = StreamKey.inbox(name.substring(0, 126), name);
    try (Store store = MongoStorage.at(WireServer.shared().uri() + "/limits").open(CONTEXT)) {
      int rows = 1;
      while (!(store.commit(rowsOf(inbox, 2 * rows)) instanceof CommitOutcome.Refused)) {
        rows *= 2;
        assertThat(rows).isLessThan(10_000);
        inbox = StreamKey.inbox(inbox.tenant(), name.substring(0, name.length() - 2) + "x" + rows);
      }
      assertThat(rows).isGreaterThan(500);
      assertThat(store.heads(List.of(inbox)).get(0).head()).isZero();
      assertThat(store.commit(rowsOf(inbox, rows))).isEqualTo(CommitOutcome.COMMITTED);
      assertThat(store.readInbox(inbox, 0, 10_000, 1 << 30).items()).hasSize(rows);
    }
  }

  private static Commit rowsOf(StreamKey inbox, int count) {
    StreamKey log = StreamKey.log(inbox.tenant(), inbox.name());
    List<InboxRow> rows = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      rows.add(InboxRow.reference(i, 1, log, i));
    }
    return new Commit(
        1,
        false,
        List.of(),
        List.of(new InboxAppend(inbox, 0, true, rows)),
        List.of(),
        List.of(),
        List.of());
  }
}
