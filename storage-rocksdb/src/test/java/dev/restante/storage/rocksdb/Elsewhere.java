package dev.restante.storage.rocksdb;

import static dev.restante.storage.rocksdb.Rows.CONTEXT;
import static dev.restante.storage.rocksdb.Rows.LOG;

import dev.restante.storage.Store;
import dev.restante.storage.StoreException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/** A second process: opens a folder, does something in it, and prints what came of it. */
final class Elsewhere {
  private static final int PAYLOAD_BYTES = 1 << 20;

  private Elsewhere() {}

  public static void main(String[] arguments) throws Exception {
    try (Store store = RocksStorage.at(Path.of(arguments[0])).open(CONTEXT)) {
      System.out.println("opened");
      if (arguments[1].equals("fail")) {
        fail(store);
      }
    } catch (StoreException e) {
      System.out.println(e.effect() + ": " + e.getMessage());
    }
  }

  /** Room for one payload in the log and not for two. */
  private static void fail(Store store) throws Exception {
    say("first", () -> append(store, 1));
    new ProcessBuilder(
            "/usr/bin/prlimit",
            "--pid=" + ProcessHandle.current().pid(),
            "--fsize=" + PAYLOAD_BYTES * 3 / 2)
        .inheritIO()
        .start()
        .waitFor();
    say("second", () -> append(store, 2));
    long head = store.heads(List.of(LOG)).get(0).head();
    say("head", () -> head);
    say("third", () -> append(store, head + 1));
  }

  private static String append(Store store, long seq) {
    return store.commit(Rows.row(seq, new byte[PAYLOAD_BYTES])).toString();
  }

  private static void say(String what, Supplier<Object> call) {
    try {
      System.out.println(what + ": " + call.get());
    } catch (StoreException e) {
      System.out.println(what + ": " + e.effect() + " " + e.getMessage());
    }
  }
}
