package dev.restante.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.Restante;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Entry;
import dev.restante.api.Message;
import dev.restante.api.UserId;
import dev.restante.api.sync.Cursor;
import dev.restante.api.sync.Delivery;
import dev.restante.api.sync.DeviceSession;
import dev.restante.api.sync.SyncPolicy;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;

/**
 * Everything at once from many to one user whose session has just closed. Each sender has a session
 * and keeps his order: after a refusal he resumes with the first one refused.
 */
final class OneUser implements BurstNode.Burst {
  private static final UserId CAROL = UserId.of("carol");
  private static final int SENDERS = 200;
  private static final int EACH = BurstNode.MESSAGES / SENDERS;

  /** One who has something to say to her. */
  private record Sender(DeviceId device, ConversationId talk, DeviceSession session, int first) {}

  private final Restante node;
  private final BurstMessages messages = new BurstMessages();
  private final List<Sender> senders = new ArrayList<>();

  OneUser(Restante node) {
    this.node = node;
    Phone phone = Phone.connect(node, CAROL.device("phone"));
    List<Phone> phones = new ArrayList<>();
    for (int i = 0; i < SENDERS; i++) {
      UserId user = UserId.of("sender " + i);
      Phone sender = Phone.connect(node, user.device("phone"));
      phones.add(sender);
      senders.add(
          new Sender(
              user.device("phone"), ConversationId.between(user, CAROL), sender.session, i * EACH));
    }
    phones.forEach(Phone::awaitCaughtUp);
    phone.awaitCaughtUp();
    phone.session.close();
    assertThat(get(phone.session.ended())).isEqualTo(DeviceSession.End.CLOSED);
  }

  private static <T> T get(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void send(int crowd, Runnable sample) {
    int share = SENDERS / BurstNode.CROWDS;
    List<Sender> own = senders.subList(crowd * share, (crowd + 1) * share);
    Map<Sender, Integer> next = new HashMap<>();
    own.forEach(sender -> next.put(sender, sender.first));
    while (!next.isEmpty()) {
      int left = 0;
      for (Map.Entry<Sender, Integer> each : next.entrySet()) {
        left += each.getKey().first + EACH - each.getValue();
      }
      CountDownLatch done = new CountDownLatch(left);
      next.forEach((sender, from) -> send(sender, from, done, sample));
      messages.await(done);
      next.replaceAll(this::firstRefused);
      next.entrySet().removeIf(each -> each.getValue() == each.getKey().first + EACH);
    }
  }

  private void send(Sender sender, int from, CountDownLatch done, Runnable sample) {
    if (from > sender.first || messages.overloaded.sum() > 0) {
      // Does nothing where nothing was refused.
      sender.session.resume(sender.talk, "message " + from);
    }
    for (int i = from; i < sender.first + EACH; i++) {
      messages.note(
          i, sender.session.submit(BurstMessages.draft(sender.device, sender.talk, i)), done);
    }
    sample.run();
  }

  /** After what was refused nothing of the same sender was accepted. */
  private int firstRefused(Sender sender, int from) {
    int refused = from;
    while (refused < sender.first + EACH && messages.seq(refused) > 0) {
      assertThat(messages.seq(refused)).isEqualTo(refused - sender.first + 1);
      refused++;
    }
    for (int i = refused; i < sender.first + EACH; i++) {
      assertThat(messages.seq(i)).as("accepted out of order").isZero();
    }
    return refused;
  }

  @Override
  public void check() {
    Phone phone = Phone.connect(node, CAROL.device("phone"));
    phone.awaitCaughtUp();
    assertThat(phone.read.cardinality()).isEqualTo(BurstNode.MESSAGES);
    assertThat(phone.newest).hasSize(SENDERS);
    assertThat(phone.newest.values()).allMatch(seq -> seq == EACH);
    get(phone.acknowledged).orThrow();
    phone.session.close();
    Phone again = Phone.connect(node, CAROL.device("phone"));
    again.awaitCaughtUp();
    assertThat(again.read.cardinality()).isZero();
  }

  @Override
  public long overloaded() {
    return messages.overloaded.sum();
  }

  /** Takes a page, acknowledges it, and asks for the next. */
  private static final class Phone implements Flow.Subscriber<Delivery> {
    private final CompletableFuture<Boolean> caughtUp = new CompletableFuture<>();
    private final CountDownLatch connected = new CountDownLatch(1);
    private final BitSet read = new BitSet();
    private final Map<ConversationId, Long> newest = new HashMap<>();

    @SuppressWarnings("NullAway.Init") // before it is connected nothing is delivered
    private DeviceSession session;

    @SuppressWarnings("NullAway.Init") // as above
    private Flow.Subscription subscription;

    @SuppressWarnings("NullAway.Init") // after the first delivery
    private CompletionStage<dev.restante.api.Result<Cursor>> acknowledged;

    static Phone connect(Restante node, DeviceId device) {
      Phone phone = new Phone();
      phone.session = node.sync().connect(device, SyncPolicy.everything(), phone);
      phone.connected.countDown();
      return phone;
    }

    void awaitCaughtUp() {
      assertThat(get(caughtUp)).isTrue();
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
      subscription = given;
      given.request(1);
    }

    @Override
    public void onNext(Delivery delivery) {
      try {
        take(delivery);
      } catch (Throwable e) {
        caughtUp.completeExceptionally(e);
        throw e;
      }
    }

    private void take(Delivery delivery) {
      if (delivery instanceof Delivery.Page page) {
        page.entries().forEach(this::take);
        acknowledge(page.cursor());
      } else if (delivery instanceof Delivery.CaughtUp end) {
        acknowledge(end.cursor());
        caughtUp.complete(true);
      } else {
        throw new AssertionError("not expected: " + delivery);
      }
      subscription.request(1);
    }

    private void acknowledge(Cursor cursor) {
      try {
        connected.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      acknowledged = session.acknowledge(cursor);
    }

    private void take(Entry entry) {
      if (entry instanceof Message message && message.conversation().pair().contains(CAROL)) {
        int index = BurstMessages.indexOf(message);
        assertThat(read.get(index)).as("message %d came before", index).isFalse();
        read.set(index);
        long before = newest.getOrDefault(message.conversation(), 0L);
        assertThat(message.seq()).as("%s", message.conversation()).isEqualTo(before + 1);
        newest.put(message.conversation(), message.seq());
      }
    }

    @Override
    public void onError(Throwable failure) {
      caughtUp.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
      caughtUp.complete(false);
    }
  }
}
