package dev.restante.storage.redis;

import java.util.Comparator;
import java.util.Optional;

/** Where a node of a cluster listens. */
record Address(String host, int port) implements Comparable<Address> {
  private static final Comparator<Address> ORDER =
      Comparator.comparing(Address::host).thenComparingInt(Address::port);

  /** Reads {@code host:port}, as nodes tell it; nothing if a node does not know it. */
  static Optional<Address> of(String text) {
    int colon = text.lastIndexOf(':');
    String digits = text.substring(colon + 1);
    return colon <= 0 || !digits.matches("[0-9]{1,5}")
        ? Optional.empty()
        : Optional.of(new Address(text.substring(0, colon), Integer.parseInt(digits)));
  }

  @Override
  public int compareTo(Address other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
