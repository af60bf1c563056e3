package dev.restante.storage.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.jdbc.StreamIds.Generation;
import org.junit.jupiter.api.Test;

class StreamIdsTest {
  private final StreamIds ids = new StreamIds(10);

  private KnownMessages first() {
    return ids.current().messages();
  }

  @Test
  void messagesAreOfAnIncarnationThatWasTold() {
    ids.rememberMessages(1 << 20);
    assertThat(first()).isSameAs(KnownMessages.NONE);
    ids.current().isOf("one");
    KnownMessages ofOne = first();
    assertThat(ofOne).isNotSameAs(KnownMessages.NONE).isSameAs(first());
    ids.forget(ids.current());
    assertThat(first()).isSameAs(KnownMessages.NONE);
    ids.current().isOf("one");
    assertThat(first()).isNotSameAs(KnownMessages.NONE).isNotSameAs(ofOne);
  }

  /** Not when it is told: as long as nobody reads they take no memory. */
  @Test
  void thereAreMessagesFromTheFirstPageOn() {
    Generation generation = ids.current();
    generation.isOf("one");
    ids.rememberMessages(1 << 20);
    assertThat(generation.messages()).isNotSameAs(KnownMessages.NONE);
    assertThat(ids.current()).isSameAs(generation);
  }

  @Test
  void withoutMemoryThereAreNone() {
    ids.current().isOf("one");
    assertThat(first()).isSameAs(KnownMessages.NONE);
  }
}
