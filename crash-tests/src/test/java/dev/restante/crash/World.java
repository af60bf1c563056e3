package dev.restante.crash;

import static java.util.Objects.requireNonNull;

import dev.restante.Restante;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.LogEntry;
import dev.restante.api.Message;
import dev.restante.api.UserId;
import dev.restante.api.sync.Delivery;
import dev.restante.api.sync.DeviceSession;
import dev.restante.api.sync.SyncPolicy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Who talks to whom. Users with one device and with two; direct conversations and groups. */
final class World {
  private static final UserId ALICE = UserId.of("alice");
  private static final UserId BOB = UserId.of("bob");
  private static final UserId CAROL = UserId.of("carol");
  private static final UserId DAVE = UserId.of("dave");
  private static final ConversationId FRIENDS = ConversationId.group("friends");
  private static final ConversationId CLUB = ConversationId.group("club");

  /** First devices first: a further one begins with a snapshot, which is to be empty. */
  static final List<DeviceId> DEVICES =
      List.of(
          ALICE.device("phone"),
          BOB.device("phone"),
          CAROL.device("phone"),
          DAVE.device("phone"),
          ALICE.device("tablet"),
          CAROL.device("laptop"));

  /** Every conversation with its members. */
  static final Map<ConversationId, Set<UserId>> CONVERSATIONS = conversations();

  private World() {}

  private static Map<ConversationId, Set<UserId>> conversations() {
    Map<ConversationId, Set<UserId>> all = new LinkedHashMap<>();
    all.put(ConversationId.between(ALICE, BOB), Set.of(ALICE, BOB));
    all.put(ConversationId.between(ALICE, CAROL), Set.of(ALICE, CAROL));
    all.put(ConversationId.between(BOB, CAROL), Set.of(BOB, CAROL));
    all.put(ConversationId.between(CAROL, DAVE), Set.of(CAROL, DAVE));
    all.put(FRIENDS, Set.of(ALICE, BOB, CAROL, DAVE));
    all.put(CLUB, Set.of(ALICE, BOB, CAROL));
    return all;
  }

  static Set<UserId> members(ConversationId conversation) {
    return requireNonNull(CONVERSATIONS.get(conversation));
  }

  static List<ConversationId> conversationsOf(UserId user) {
    return CONVERSATIONS.keySet().stream().filter(each -> members(each).contains(user)).toList();
  }

  static boolean hasOneDevice(UserId user) {
    return DEVICES.stream().filter(device -> device.user().equals(user)).count() == 1;
  }

  /** Whether a device must be given an entry: what its user's only device sent itself, it knows. */
  static boolean mustReach(DeviceId device, LogEntry entry) {
    boolean own = entry instanceof Message message && message.sender().equals(device);
    return !(own && hasOneDevice(device.user()));
  }

  // ---- names in journals
  // -------------------------------------------------------------------------

  static String name(DeviceId device) {
    return device.user().value() + "/" + device.value();
  }

  static DeviceId device(String name) {
    int slash = name.indexOf('/');
    return UserId.of(name.substring(0, slash)).device(name.substring(slash + 1));
  }

  static ConversationId conversation(String key) {
    return ConversationId.ofKey(UserId.DEFAULT_TENANT, key);
  }

  /** The n-th message of a device in a conversation. Everything about it follows from these. */
  static Draft draft(DeviceId sender, ConversationId conversation, int n) {
    String clientId = sender.value() + "." + n;
    String body = name(sender) + " " + conversation.key() + " " + n + " " + "x".repeat(n % 97);
    return Draft.text(sender, conversation, clientId, body);
  }

  /** Which message of its sender this is; 0 if it is not what he sent. */
  static int numberOf(Message message) {
    String id = message.clientId();
    int n = Integer.parseInt(id, id.indexOf('.') + 1, id.length(), 10);
    Draft draft = draft(message.sender(), message.conversation(), n);
    boolean same =
        draft.clientId().equals(id)
            && draft.body().equals(message.body())
            && draft.kind().equals(message.kind());
    return same ? n : 0;
  }

  // ---- beginning
  // ---------------------------------------------------------------------------------

  /** Lets every device in, takes its first snapshot for it, and creates the groups. */
  static void prepare(Restante node) {
    for (DeviceId device : DEVICES) {
      get(node.devices().register(device, "test", "")).orThrow();
      catchUp(node, device);
    }
    for (ConversationId group : List.of(FRIENDS, CLUB)) {
      get(node.conversations().create(ALICE, group, "a group", members(group))).orThrow();
    }
  }

  private static void catchUp(Restante node, DeviceId device) {
    BlockingQueue<Delivery> deliveries = new LinkedBlockingQueue<>();
    try (DeviceSession session =
        node.sync().connect(device, SyncPolicy.everything(), new Receiver(deliveries::add))) {
      while (true) {
        Delivery delivery = deliveries.poll(10, TimeUnit.SECONDS);
        if (delivery instanceof Delivery.CaughtUp end) {
          get(session.acknowledge(end.cursor())).orThrow();
          return;
        }
        if (delivery == null) {
          throw new AssertionError(name(device) + " did not catch up");
        }
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  static <T> T get(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
