package dev.restante.example.berkeley;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.restante.Restante;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.Message;
import dev.restante.api.UserId;
import dev.restante.api.sync.Delivery;
import dev.restante.api.sync.SyncPolicy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A message goes through the whole library, on the store that was found by its name. */
final class WholeLibraryTest {
  private static final DeviceId ALICE = UserId.of("alice").device("phone");
  private static final DeviceId BOB = UserId.of("bob").device("phone");

  @TempDir Path folder;

  private Restante open() {
    Restante restante =
        Restante.builder().storage("berkeley", Map.of("path", folder.toString())).build();
    restante.opened().toCompletableFuture().orTimeout(60, SECONDS).join();
    return restante;
  }

  @Test
  void whatWasWrittenBeforeTheNodeWasClosedComesAfterwards() throws InterruptedException {
    try (Restante restante = open()) {
      ConversationId both = ConversationId.between(ALICE.user(), BOB.user());
      Draft draft = Draft.text(ALICE, both, "id-1", "see you at six");
      assertThat(restante.messages().submit(draft).toCompletableFuture().join().orThrow().seq())
          .isEqualTo(1);
    }
    try (Restante restante = open()) {
      Inbox inbox = new Inbox();
      restante.sync().connect(BOB, SyncPolicy.everything(), inbox);
      Delivery first = inbox.next();
      assertThat(first).isInstanceOf(Delivery.Page.class);
      assertThat(((Delivery.Page) first).entries())
          .filteredOn(Message.class::isInstance)
          .extracting(entry -> ((Message) entry).body().asText())
          .isEqualTo(List.of("see you at six"));
    }
  }

  @Test
  void theProviderTellsEveryProblemAtOnce() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BerkeleyStorageProvider().create(Map.of("file", "x", "url", "y")))
        .withMessageContainingAll("path is missing", "file is unknown", "url is unknown");
  }

  /** What a device is sent. */
  private static final class Inbox implements Flow.Subscriber<Delivery> {
    private final BlockingQueue<Delivery> received = new LinkedBlockingQueue<>();

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Delivery delivery) {
      received.add(delivery);
    }

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onComplete() {}

    Delivery next() throws InterruptedException {
      Delivery delivery = received.poll(60, SECONDS);
      if (delivery == null) {
        throw new AssertionError("nothing came");
      }
      return delivery;
    }
  }
}
