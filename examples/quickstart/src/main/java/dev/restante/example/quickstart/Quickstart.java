package dev.restante.example.quickstart;

import static java.util.concurrent.TimeUnit.SECONDS;

import dev.restante.Restante;
import dev.restante.api.Acknowledgement;
import dev.restante.api.ClientIds;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.Entry;
import dev.restante.api.Message;
import dev.restante.api.UserId;
import dev.restante.api.sync.Delivery;
import dev.restante.api.sync.DeviceSession;
import dev.restante.api.sync.SyncPolicy;
import dev.restante.storage.Storage;
import dev.restante.storage.jdbc.EmbeddedStorage;
import java.nio.file.Path;

/** Alice writes to Bob, who is away; his phone gets the message when it comes. */
public final class Quickstart {
  private Quickstart() {}

  /** Takes the folder to keep messages in. */
  public static void main(String[] arguments) throws InterruptedException {
    run(Path.of(arguments.length == 0 ? "data/quickstart" : arguments[0]));
  }

  static void run(Path folder) throws InterruptedException {
    // quickstart begins
    Storage storage = EmbeddedStorage.at(folder.resolve("messages.db"));
    try (Restante restante = Restante.builder().storage(storage).build()) {
      restante.opened().toCompletableFuture().orTimeout(30, SECONDS).join();
      DeviceId alicePhone = UserId.of("alice").device("phone");
      DeviceId bobPhone = UserId.of("bob").device("phone");

      // Bob is away. When this is answered, the message is on disk.
      ConversationId conversation = ConversationId.between(alicePhone.user(), bobPhone.user());
      String clientId = ClientIds.system().next(); // the client makes it, and keeps it for retries
      Draft draft = Draft.text(alicePhone, conversation, clientId, "see you at six");
      Acknowledgement accepted =
          restante.messages().submit(draft).toCompletableFuture().join().orThrow();
      System.out.println("accepted as number " + accepted.seq());

      // Minutes or months later: what waited comes first, then "caught up", then live messages.
      Transport transport = new Transport(); // a Flow.Subscriber, in your server a socket
      SyncPolicy policy = SyncPolicy.everything();
      DeviceSession session = restante.sync().connect(bobPhone, policy, transport);
      while (transport.receive() instanceof Delivery.Page page) {
        for (Entry entry : page.entries()) {
          if (entry instanceof Message message) {
            System.out.println("Bob's phone got: " + message.body().asText());
          }
        }
        session.acknowledge(page.cursor()).toCompletableFuture().join().orThrow();
      }
      System.out.println("Bob's phone has caught up");
    }
    // quickstart ends
  }
}
