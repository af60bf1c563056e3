package dev.restante.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.api.UserId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShelfTest {
  private final Shelf<UserId, InboxState> shelf = new Shelf<>(inbox -> inbox.user);

  private InboxState add(String name) {
    InboxState state = new InboxState(UserId.of(name));
    shelf.add(state);
    return state;
  }

  private List<String> order() {
    List<String> names = new ArrayList<>();
    shelf.forEach(state -> names.add(state.user.value()));
    assertThat(shelf.size()).isEqualTo(names.size());
    return names;
  }

  @Test
  void usingMovesToTheEndAndAskingDoesNot() {
    InboxState a = add("a");
    InboxState b = add("b");
    InboxState c = add("c");
    shelf.touch(a);
    assertThat(order()).containsExactly("b", "c", "a");
    shelf.touch(a);
    assertThat(order()).containsExactly("b", "c", "a");
    shelf.touch(c);
    assertThat(order()).containsExactly("b", "a", "c");
    assertThat(shelf.find(b.user)).isSameAs(b);
    assertThat(order()).containsExactly("b", "a", "c");
  }

  @Test
  void theEldestThatNobodyNeedsGoes() {
    InboxState a = add("a");
    add("b");
    add("c");
    a.pins = 1;
    assertThat(shelf.evict()).isTrue();
    assertThat(order()).containsExactly("c", "a");
    assertThat(shelf.find(UserId.of("b"))).isNull();
    assertThat(shelf.evict()).isTrue();
    assertThat(order()).containsExactly("a");
    assertThat(shelf.evict()).isFalse();
    assertThat(order()).containsExactly("a");
    a.pins = 0;
    assertThat(shelf.evict()).isTrue();
    assertThat(order()).isEmpty();
    assertThat(shelf.evict()).isFalse();
    add("d");
    assertThat(order()).containsExactly("d");
  }
}
