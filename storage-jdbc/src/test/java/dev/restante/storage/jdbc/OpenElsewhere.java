package dev.restante.storage.jdbc;

import dev.restante.storage.StoreException;
import java.nio.file.Path;

/** A second process: opens a file and prints what came of it. */
final class OpenElsewhere {
  private OpenElsewhere() {}

  public static void main(String[] arguments) {
    try {
      EmbeddedStorage.at(Path.of(arguments[0])).open(StoreRules.CONTEXT).close();
      System.out.println("opened");
    } catch (StoreException e) {
      System.out.println(e.effect() + ": " + e.getMessage());
    }
  }
}
