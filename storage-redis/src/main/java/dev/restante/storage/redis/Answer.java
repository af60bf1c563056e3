package dev.restante.storage.redis;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a script answered: numbers and bytes, some of them missing. Read from the front. */
final class Answer {
  private final List<?> parts;
  private int at;

  Answer(Object parts) {
    this.parts = (List<?>) parts;
  }

  boolean hasNext() {
    return at < parts.size();
  }

  long number() {
    return (Long) parts.get(at++);
  }

  byte[] bytes() {
    return (byte[]) parts.get(at++);
  }

  byte @Nullable [] bytesIfAny() {
    return (byte[]) parts.get(at++);
  }

  boolean flag() {
    return bytes()[0] == '1';
  }
}
