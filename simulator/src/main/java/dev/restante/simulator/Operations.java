package dev.restante.simulator;

import static dev.restante.simulator.StoryPlan.pick;

import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.LogEntry;
import dev.restante.api.MessageKind;
import dev.restante.api.Payload;
import dev.restante.api.Refusal;
import dev.restante.api.Result;
import dev.restante.api.Role;
import dev.restante.api.UserId;
import dev.restante.api.conversation.Conversations;
import dev.restante.api.message.HistoryPage;
import dev.restante.api.message.HistoryQuery;
import dev.restante.api.sync.Device;
import dev.restante.api.sync.SyncPolicy;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What users, devices, hosts and operators do while the storm goes on. */
final class Operations {
  private static final Set<Refusal.Code> POSSIBLE_FOR_GROUPS =
      EnumSet.of(
          Refusal.Code.NOT_FOUND,
          Refusal.Code.NOT_A_MEMBER,
          Refusal.Code.NOT_PERMITTED,
          Refusal.Code.LIMIT_REACHED,
          Refusal.Code.OVERLOADED,
          Refusal.Code.UNAVAILABLE,
          Refusal.Code.OUTCOME_UNKNOWN,
          Refusal.Code.PREDECESSOR_REFUSED,
          Refusal.Code.CLOSED);

  /** Twice the longest time after which a device is dormant is less than the oldest backlog. */
  private static final int MOST_SLEEPS = 2;

  /**
   * Longer than a node is ever paused and than a call is ever under way: a draft that lay in a node
   * all the time that everybody slept would outlive the dedup window there, and be new again.
   */
  private static final Duration BEFORE_SLEEP = Duration.ofSeconds(60);

  /** Time enough to take a backlog, and for the nodes to remove what was acknowledged. */
  private static final Duration AFTER_SLEEP = Duration.ofSeconds(5);

  /** One kind of operation and how often it comes. */
  private record Choice(int weight, Runnable operation) {}

  private final Story story;
  private final SplittableRandom chance;
  private final List<Choice> choices = new ArrayList<>();
  private final Map<DeviceId, Boolean> ordered = new LinkedHashMap<>();
  private final int totalWeight;
  private int counter;
  private int slept;

  Operations(Story story, SplittableRandom chance) {
    this.story = story;
    this.chance = chance;
    often(400, this::submit);
    often(60, this::burst);
    often(100, this::connect);
    often(50, this::disconnect);
    often(8, this::cancel);
    often(30, this::changeManner);
    often(60, this::changeGroup);
    often(20, this::newDevice);
    often(8, this::revoke);
    often(30, this::repeat);
    often(10, this::reuseId);
    often(30, this::readHistory);
    often(20, this::ask);
    often(10, this::tooLarge);
    often(12, this::idle);
    often(3, this::sleep);
    story.host().ifPresent(host -> often(80, () -> transaction(host)));
    if (story.plan().faults().contains(Fault.NODE_CRASH)) {
      often(10, this::crash);
    }
    if (story.plan().faults().contains(Fault.NODE_PAUSE)) {
      often(12, this::pause);
    }
    if (story.plan().faults().contains(Fault.PARTITION)) {
      often(12, this::partition);
    }
    if (story.plan().bus() && story.plan().faults().contains(Fault.BUS_PARTITION)) {
      often(12, this::cutBus);
    }
    if (story.plan().faults().contains(Fault.STORE_OUTAGE)) {
      often(8, this::outage);
    }
    if (story.plan().faults().contains(Fault.NODE_CLOSED)) {
      often(8, this::close);
    }
    if (story.plan().faults().contains(Fault.CLOCK_STEP)) {
      often(12, this::stepClock);
    }
    if (story.plan().faults().contains(Fault.APART_LOST)) {
      story.apart().ifPresent(apart -> often(8, apart::lose));
    }
    if (story.plan().faults().contains(Fault.LOST_WRITES)) {
      often(10, this::loseWrites);
    }
    totalWeight = choices.stream().mapToInt(Choice::weight).sum();
  }

  private void often(int weight, Runnable operation) {
    choices.add(new Choice(weight, operation));
  }

  /** Devices for most users, and the first groups. */
  void populate() {
    for (UserId user : story.plan().users()) {
      int howMany = pick(chance, 0, 1, 1, 1, 2, 3);
      for (int i = 0; i < howMany; i++) {
        newDevice(user);
      }
    }
    for (int i = 0; i < story.plan().groups(); i++) {
      createGroup();
    }
  }

  void next() {
    int at = chance.nextInt(totalWeight);
    for (Choice choice : choices) {
      at -= choice.weight();
      if (at < 0) {
        choice.operation().run();
        return;
      }
    }
  }

  // ---- messages

  private @Nullable SimDevice anyDevice() {
    List<SimDevice> free = story.devices(device -> !device.barred());
    return free.isEmpty() ? null : pickFrom(free);
  }

  private <T> T pickFrom(List<T> list) {
    return list.get(chance.nextInt(list.size()));
  }

  private List<UserId> usersOf(String tenant) {
    return story.plan().users().stream().filter(user -> user.tenant().equals(tenant)).toList();
  }

  private ConversationId conversationFor(UserId user) {
    List<ConversationId> groups =
        story.groups().stream().filter(group -> group.tenant().equals(user.tenant())).toList();
    if (!groups.isEmpty() && chance.nextInt(5) < 2) {
      return pickFrom(groups);
    }
    return ConversationId.between(user, pickFrom(usersOf(user.tenant())));
  }

  private void submit() {
    SimDevice device = anyDevice();
    if (device != null) {
      submit(device, conversationFor(device.id().user()));
    }
  }

  private void burst() {
    SimDevice device = anyDevice();
    if (device == null) {
      return;
    }
    ConversationId conversation = conversationFor(device.id().user());
    int howMany = 2 + chance.nextInt(12);
    for (int i = 0; i < howMany; i++) {
      submit(device, conversation);
    }
  }

  private void submit(SimDevice device, ConversationId conversation) {
    boolean inOrder = ordered.computeIfAbsent(device.id(), any -> chance.nextInt(5) > 0);
    Submission submission = story.submission(draft(device, conversation), inOrder);
    story.tally().count("drafts");
    device.submit(submission);
  }

  private Draft draft(SimDevice device, ConversationId conversation) {
    return draft(device, conversation, 12);
  }

  /** One in so many is long. */
  private Draft draft(SimDevice device, ConversationId conversation, int longOnes) {
    counter++;
    String body = "m" + counter;
    if (story.plan().faults().contains(Fault.DATA_ERROR) && chance.nextInt(30) == 0) {
      body += RecordingStore.UNSTORABLE;
    } else if (story.plan().faults().contains(Fault.POISON_ENTRY) && chance.nextInt(15) == 0) {
      body += SimDevice.POISON;
    } else if (chance.nextInt(longOnes) == 0) {
      body += " " + "long".repeat(chance.nextInt(400));
    }
    String clientId = "c" + counter + pick(chance, "", "", "", ":", "\n", "\u0000", "😀");
    MessageKind kind =
        pick(chance, MessageKind.TEXT, MessageKind.TEXT, MessageKind.SYSTEM, MessageKind.IMAGE);
    Draft draft = Draft.of(device.id(), conversation, clientId, kind, Payload.text(body));
    if (chance.nextInt(8) == 0) {
      draft = draft.answering(1 + chance.nextInt(20));
    }
    return chance.nextInt(8) == 0 ? draft.composedAt(story.world().instant()) : draft;
  }

  /** A transaction of the host: some are over at once, some stay open for minutes. */
  private void transaction(SimHost host) {
    SimHost.Transaction transaction = host.begin();
    SimDevice sender = anyDevice();
    if (sender == null) {
      transaction.rollBack();
      return;
    }
    ConversationId conversation = conversationFor(sender.id().user());
    int howMany = 1 + chance.nextInt(8);
    Duration step = pick(chance, Duration.ZERO, aWhile(10));
    for (int i = 0; i < howMany; i++) {
      if (chance.nextInt(4) == 0) {
        sender = pickFrom(story.devices(device -> !device.barred()));
        conversation = conversationFor(sender.id().user());
      }
      Draft draft = draft(sender, conversation, 3);
      story
          .world()
          .after(
              step.multipliedBy(i),
              null,
              () -> transaction.enqueue(story.submission(draft, false)));
    }
    Duration length = pick(chance, aWhile(20), aWhile(200), aWhile(5_000), aWhile(200_000));
    boolean rollsBack = chance.nextInt(4) == 0;
    SimNode hinted = chance.nextBoolean() ? anyNode() : null;
    story.world().after(length.plusMillis(100), null, () -> end(transaction, rollsBack, hinted));
  }

  private void end(SimHost.Transaction transaction, boolean rollsBack, @Nullable SimNode hinted) {
    if (transaction.ended()) {
      return;
    }
    if (rollsBack) {
      transaction.rollBack();
      return;
    }
    transaction.commit();
    if (hinted != null && hinted.serves()) {
      call(hinted, () -> hinted.restante().relay().hint());
    }
  }

  private void tooLarge() {
    SimDevice device = anyDevice();
    if (device != null) {
      ConversationId conversation = conversationFor(device.id().user());
      Payload body = Payload.of(new byte[StoryPlan.MAX_BODY_BYTES + 1]);
      counter++;
      Draft draft = Draft.of(device.id(), conversation, "large" + counter, MessageKind.TEXT, body);
      device.submit(story.submission(draft, false));
    }
  }

  private @Nullable Submission anyAcknowledged() {
    List<Submission> done =
        story.submissions().stream().filter(each -> each.acknowledgement() != null).toList();
    return done.isEmpty() ? null : pickFrom(done);
  }

  /** Somebody submits again what was accepted: an impatient client, or one that was restored. */
  private void repeat() {
    Submission submission = anyAcknowledged();
    SimNode node = anyNode();
    if (submission == null || node == null || story.quarantine()) {
      return;
    }
    call(
        node,
        () -> {
          Submission.Attempt attempt = submission.attempt();
          story.world().say(() -> "again: " + attempt);
          node.await(
              attempt.toString(),
              node.restante().messages().submit(submission.draft()),
              attempt::answered);
        });
  }

  private void reuseId() {
    Submission submission = anyAcknowledged();
    SimNode node = anyNode();
    if (submission == null || node == null || story.quarantine()) {
      return;
    }
    Acknowledgement given = submission.acknowledgement();
    Duration half = story.options().dedupWindow().dividedBy(2);
    if (given == null || !story.within(given.serverTime().minus(half))) {
      // By the time it arrives the id might mean nothing any more, and be another message's.
      return;
    }
    Draft draft = submission.draft();
    Draft other =
        Draft.of(
            draft.sender(),
            draft.conversation(),
            draft.clientId(),
            draft.kind(),
            Payload.text("not " + draft.body().asText()));
    submission.reuse();
    call(
        node,
        () ->
            node.await(
                "another draft under the id of " + submission,
                node.restante().messages().submit(other),
                result -> reused(submission, result)));
  }

  private void reused(Submission submission, Result<Acknowledgement> result) {
    Acknowledgement first = submission.acknowledgement();
    if (first == null || !story.within(first.serverTime())) {
      return;
    }
    boolean honest =
        result.fold(
            ack -> false,
            refusal ->
                refusal.code() == Refusal.Code.ID_REUSED
                    || refusal.code() == Refusal.Code.NOT_A_MEMBER
                    || refusal.code().retry() != Refusal.Retry.NEVER);
    if (!honest) {
      story.violated(
          Invariant.SUBMITTED_ONCE,
          "another draft under the id of " + submission + " was answered with " + result);
    }
    story.tally().count("ids reused");
  }

  // ---- devices

  private void connect() {
    List<SimDevice> away = story.devices(device -> !device.barred() && !device.connected());
    SimDevice device = away.isEmpty() || chance.nextInt(10) == 0 ? anyDevice() : pickFrom(away);
    SimNode node = anyNode();
    if (device == null || node == null || story.quarantine()) {
      return;
    }
    device.behave(
        pick(
            chance,
            SimDevice.Manner.PROMPT,
            SimDevice.Manner.PROMPT,
            SimDevice.Manner.LATE,
            SimDevice.Manner.MUTE),
        chance.nextInt(4) == 0);
    device.connect(node, policy(), story.lost() || chance.nextBoolean());
  }

  private SyncPolicy policy() {
    SyncPolicy policy =
        mode()
            .withPages(pick(chance, 1, 3, 20, 100), pick(chance, 1L, 200L, 1L << 18))
            .withMaxUnacknowledged(pick(chance, 1, 5, 30, 1_000));
    if (chance.nextInt(6) == 0) {
      policy = policy.withSummariesFirst();
    }
    if (chance.nextInt(6) == 0) {
      policy =
          policy.withMaxBacklog(
              pick(chance, 1L, 5L, 30L),
              pick(chance, Duration.ofSeconds(1), Duration.ofDays(90)),
              pick(chance, 500L, Long.MAX_VALUE));
    }
    return policy;
  }

  private SyncPolicy mode() {
    return switch (chance.nextInt(6)) {
      case 0 -> SyncPolicy.everything().withLatest(pick(chance, 0, 1, 3, 1_000));
      case 1 -> {
        Duration ago = pick(chance, Duration.ZERO, Duration.ofSeconds(2), Duration.ofMinutes(1));
        // Server times are whole milliseconds.
        yield SyncPolicy.everything()
            .withSince(story.world().instant().minus(ago).truncatedTo(ChronoUnit.MILLIS));
      }
      default -> SyncPolicy.everything();
    };
  }

  private void disconnect() {
    List<SimDevice> there = story.devices(SimDevice::connected);
    if (!there.isEmpty()) {
      pickFrom(there).disconnect();
    }
  }

  private void cancel() {
    List<SimDevice> there = story.devices(SimDevice::connected);
    if (!there.isEmpty()) {
      pickFrom(there).cancel();
    }
  }

  private void changeManner() {
    SimDevice device = anyDevice();
    if (device != null) {
      device.behave(pick(chance, SimDevice.Manner.values()), chance.nextBoolean());
      if (chance.nextBoolean()) {
        device.makeUp();
      }
    }
  }

  private void newDevice() {
    newDevice(pickFrom(story.plan().users()));
  }

  private void newDevice(UserId user) {
    if (story.devices(device -> device.id().user().equals(user)).size() >= 5
        || story.quarantine()) {
      return;
    }
    counter++;
    String name = pick(chance, "phone", "tab:let", "\u0000", "😀") + counter;
    SimDevice device = story.addDevice(user.device(name));
    SimNode node = anyNode();
    if (node == null) {
      return;
    }
    if (chance.nextBoolean()) {
      device.connect(node, policy(), false);
      return;
    }
    call(
        node,
        () ->
            node.await(
                "register " + device,
                register(node, device),
                result -> {
                  story.world().say(() -> "register " + device + " -> " + result);
                  if (result.whyRefused().map(Refusal::code).orElse(null)
                      == Refusal.Code.LIMIT_REACHED) {
                    device.bar();
                  }
                }));
  }

  private void revoke() {
    SimDevice device = anyDevice();
    SimNode node = anyNode();
    if (device == null || node == null || story.quarantine()) {
      return;
    }
    call(
        node,
        () ->
            node.await(
                "revoke " + device,
                revoke(node, device),
                result -> {
                  story.world().say(() -> "revoke " + device + " -> " + result);
                  if (result.isOk()) {
                    story.bars().told(device.id(), story.now());
                    story.tally().count("devices revoked");
                  }
                }));
  }

  private CompletionStage<Result<Device>> revoke(SimNode node, SimDevice device) {
    story.bars().asked(device.id());
    return node.restante().devices().revoke(device.id().user(), device.id());
  }

  private CompletionStage<Result<Device>> register(SimNode node, SimDevice device) {
    story.bars().registered(device.id());
    return node.restante().devices().register(device.id(), pick(chance, "", "ios"), "a device");
  }

  // ---- groups

  private void createGroup() {
    counter++;
    UserId owner = pickFrom(story.plan().users());
    String name = pick(chance, "team", "a:b", "\u0000", "😀") + counter;
    ConversationId group = ConversationId.group(owner.tenant(), name);
    story.groups().add(group);
    Set<UserId> members = someUsers(owner.tenant());
    changeGroup(
        "create",
        group,
        conversations -> conversations.create(owner, group, "title " + counter, members));
  }

  private Set<UserId> someUsers(String tenant) {
    Set<UserId> some = new LinkedHashSet<>();
    List<UserId> all = usersOf(tenant);
    int howMany = 1 + chance.nextInt(all.size());
    for (int i = 0; i < howMany; i++) {
      some.add(pickFrom(all));
    }
    return some;
  }

  /** A call to the conversations of some node. */
  private interface GroupCall {
    CompletionStage<Result<Acknowledgement>> on(Conversations conversations);
  }

  private void changeGroup() {
    if (chance.nextInt(12) == 0 && story.groups().size() < 6) {
      createGroup();
      return;
    }
    ConversationId group = pickFrom(story.groups());
    UserId acting = pickFrom(usersOf(group.tenant()));
    UserId other = pickFrom(usersOf(group.tenant()));
    counter++;
    String title = "title " + counter;
    switch (chance.nextInt(6)) {
      case 0, 1 -> {
        Set<UserId> users = someUsers(group.tenant());
        changeGroup("add", group, conversations -> conversations.add(acting, group, users));
      }
      case 2 ->
          changeGroup(
              "remove", group, conversations -> conversations.remove(acting, group, Set.of(other)));
      case 3 ->
          changeGroup(
              "leave", group, conversations -> conversations.remove(acting, group, Set.of(acting)));
      case 4 -> {
        Role role = pick(chance, Role.values());
        changeGroup(
            "role", group, conversations -> conversations.setRole(acting, group, other, role));
      }
      default ->
          changeGroup(
              "title", group, conversations -> conversations.setTitle(acting, group, title));
    }
  }

  private void changeGroup(String what, ConversationId group, GroupCall change) {
    SimNode node = anyNode();
    if (node == null || story.quarantine()) {
      return;
    }
    call(
        node,
        () ->
            node.await(
                what + " " + Texts.of(group),
                change.on(node.restante().conversations()),
                result -> {
                  story.world().say(() -> what + " " + Texts.of(group) + " -> " + result);
                  story.tally().count("groups: " + what + (result.isOk() ? "" : " refused"));
                  result.whyRefused().ifPresent(refusal -> checkGroupRefusal(what, refusal));
                }));
  }

  private void checkGroupRefusal(String what, Refusal refusal) {
    boolean possible =
        POSSIBLE_FOR_GROUPS.contains(refusal.code())
            || (what.equals("create") && refusal.code() == Refusal.Code.ALREADY_EXISTS);
    if (!possible) {
      story.violated(Invariant.REFUSAL_HONEST, what + " was refused with " + refusal);
    }
  }

  // ---- questions

  private void readHistory() {
    SimNode node = anyNode();
    UserId user = pickFrom(story.plan().users());
    ConversationId conversation = conversationFor(user);
    if (node == null || story.quarantine()) {
      return;
    }
    long from = chance.nextLong(1, 31);
    HistoryQuery query =
        pick(
            chance,
            HistoryQuery.latest(conversation, 1 + chance.nextInt(30)),
            HistoryQuery.before(conversation, from + 1, 1 + chance.nextInt(30)),
            HistoryQuery.after(conversation, from - 1, 1 + chance.nextInt(30)));
    call(
        node,
        () ->
            node.await(
                "history",
                node.restante().messages().history(user, query),
                result -> result.asOptional().ifPresent(page -> checkHistory(query, page))));
  }

  private void checkHistory(HistoryQuery query, HistoryPage page) {
    story.tally().count("history pages");
    long previous = query.backwards() ? Long.MAX_VALUE : 0;
    for (LogEntry entry : page.entries()) {
      long seq = entry.seq();
      boolean inOrder = query.backwards() ? seq < previous : seq > previous;
      boolean dense =
          !query.conversation().isDirect()
              || previous == 0
              || previous == Long.MAX_VALUE
              || Math.abs(seq - previous) == 1;
      if (!inOrder || !dense || seq < query.fromSeq() || seq > query.toSeq()) {
        story.violated(
            Invariant.LOG_DENSE, query + " gave " + Texts.of(entry) + " after " + previous);
      }
      previous = seq;
    }
    if (page.entries().size() > query.limit()) {
      story.violated(Invariant.DEMAND_KEPT, query + " gave " + page.entries().size() + " entries");
    }
  }

  private void ask() {
    SimNode node = anyNode();
    UserId user = pickFrom(story.plan().users());
    if (node == null || story.quarantine()) {
      return;
    }
    if (chance.nextBoolean()) {
      call(node, () -> node.await("list", node.restante().devices().list(user), any -> {}));
    } else {
      ConversationId conversation = conversationFor(user);
      call(
          node,
          () ->
              node.await(
                  "members",
                  node.restante().conversations().members(user, conversation),
                  any -> {}));
    }
  }

  // ---- operators and fate

  private @Nullable SimNode anyNode() {
    List<SimNode> serving = story.serving();
    return serving.isEmpty() ? null : pickFrom(serving);
  }

  private void call(SimNode node, Runnable request) {
    story.world().at(story.now() + 1_000 + chance.nextLong(2_000_000), node, request);
  }

  private void idle() {
    long millis = pick(chance, 200L, 2_000L, 2_000L, 10_000L, 30_000L);
    story.world().say(() -> "nothing happens for " + millis + " ms");
    story.world().runUntil(story.now() + millis * 1_000_000);
  }

  /** Everybody goes on a long holiday; then one device of each user wakes before the others. */
  private void sleep() {
    if (story.quarantine() || slept == MOST_SLEEPS) {
      return;
    }
    slept++;
    story.devices().forEach(SimDevice::disconnect);
    // What is under way arrives, and nodes learn that nobody is there.
    story.world().runUntil(story.now() + BEFORE_SLEEP.toNanos());
    if (story.quarantine()) {
      return;
    }
    story.devices().forEach(SimDevice::disconnect);
    story.links().forEach(Link::timeOutAtNode);
    Duration length = story.options().dormantAfter().plusHours(1);
    story.world().say(() -> "everybody sleeps for " + length);
    story.world().sleep(length);
    story.devices().forEach(SimDevice::sleep);
    for (UserId user : story.plan().users()) {
      List<SimDevice> own =
          story.devices(device -> !device.barred() && device.id().user().equals(user));
      SimNode node = anyNode();
      if (own.size() > 1 && node != null) {
        SimDevice first = pickFrom(own);
        first.behave(SimDevice.Manner.PROMPT, false);
        first.connect(node, SyncPolicy.everything(), story.lost());
      }
    }
    story.world().runUntil(story.now() + AFTER_SLEEP.toNanos());
  }

  private Duration aWhile(int maxMillis) {
    return Duration.ofMillis(1 + chance.nextInt(maxMillis));
  }

  private void crash() {
    SimNode node = anyNode();
    if (node != null && !story.quarantine()) {
      story.crash(node, aWhile(3_000));
    }
  }

  private void pause() {
    SimNode node = anyNode();
    if (node != null && !story.quarantine()) {
      Duration length = pick(chance, aWhile(500), aWhile(5_000), aWhile(30_000));
      node.standStill(length);
    }
  }

  private void partition() {
    SimNode node = anyNode();
    if (node != null && !story.quarantine()) {
      story.tally().count(Fault.PARTITION);
      story.world().say(() -> node + " cannot reach the store");
      node.partition(true);
      story.world().after(aWhile(5_000), null, () -> node.partition(false));
    }
  }

  private void cutBus() {
    SimNode node = anyNode();
    if (node != null) {
      story.tally().count(Fault.BUS_PARTITION);
      story.world().say(() -> node + " is cut off from the bus");
      story.bus().cut(node);
      story.world().after(aWhile(30_000), null, () -> node.offTheBus(false));
    }
  }

  private void outage() {
    if (!story.quarantine()) {
      story.tally().count(Fault.STORE_OUTAGE);
      story.world().say(() -> "the store cannot be reached");
      story.weather().outage(true);
      story.world().after(aWhile(3_000), null, () -> story.weather().outage(false));
    }
  }

  private void close() {
    SimNode node = anyNode();
    if (node != null && !story.quarantine()) {
      story.close(node, aWhile(3_000));
    }
  }

  private void stepClock() {
    SimNode node = anyNode();
    if (node != null) {
      story.tally().count(Fault.CLOCK_STEP);
      Duration to = Duration.ofMillis(chance.nextInt(2_000) - 1_000);
      story.world().say(() -> "the clock of " + node + " steps to " + to.toMillis() + " ms off");
      node.stepClock(to);
    }
  }

  private void loseWrites() {
    if (!story.lost() && story.ledger().writeCount() > 30) {
      story.loseWrites(1 + chance.nextInt(25));
    }
  }
}
