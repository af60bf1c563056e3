package dev.restante.example.berkeley;

import dev.restante.storage.CommitOutcome;
import dev.restante.storage.Store;
import java.nio.file.Path;

/** A process that writes message after message and tells of each that was accepted. */
final class Writer {
  private Writer() {}

  public static void main(String[] arguments) {
    try (Store store = Messages.open(Path.of(arguments[0]))) {
      long seq = Messages.head(store);
      while (store.commit(Messages.message(++seq)) == CommitOutcome.COMMITTED) {
        System.out.println(seq);
        System.out.flush();
      }
    }
  }
}
