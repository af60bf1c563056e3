package dev.restante.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.api.UserId;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("O6")
class AwaitedTest {
  private static boolean has(Awaited awaited, UserId user) {
    return awaited.mayHave(Awaited.hash(user.tenant(), user.value()));
  }

  private static Set<UserId> users(int count, SplittableRandom random) {
    Set<UserId> users = new HashSet<>();
    for (int i = 0; users.size() < count; i++) {
      String name =
          random.nextBoolean() ? "user-%07d".formatted(i) : Long.toHexString(random.nextLong());
      users.add(new UserId(random.nextInt(4) == 0 ? "other" : "default", name));
    }
    return users;
  }

  @Test
  void whoIsInIsAlwaysFoundAndOthersSeldom() {
    SplittableRandom random = new SplittableRandom(3);
    for (int count : new int[] {0, 1, 60, 1_000, 20_000}) {
      Set<UserId> users = users(count, random);
      Awaited awaited = Awaited.of(Awaited.of(users, 65_536).bytes());
      assertThat(users).allMatch(user -> has(awaited, user));
      int found = 0;
      for (int i = 0; i < 10_000; i++) {
        found += has(awaited, UserId.of("stranger-" + i)) ? 1 : 0;
      }
      // (1 - e^(-2/16))^2 = 1.4 % where there are 16 bits for each.
      assertThat(found).isLessThan(count == 0 ? 1 : 200);
    }
  }

  @Test
  void withoutRoomMoreAreFoundAndNobodyIsMissed() {
    SplittableRandom random = new SplittableRandom(4);
    Set<UserId> users = users(20_000, random);
    Awaited awaited = Awaited.of(users, 3_000);
    assertThat(awaited.bytes()).hasSize(2_048);
    assertThat(users).allMatch(user -> has(awaited, user));
  }

  @Test
  void whoIsAddedIsFound() {
    Awaited awaited = Awaited.of(Set.of(), 2_048);
    assertThat(awaited.bytes()).hasSize(Awaited.LEAST_BYTES).containsOnly(0);
    UserId late = UserId.of("late");
    assertThat(has(awaited, late)).isFalse();
    awaited.add(late);
    assertThat(has(awaited, late)).isTrue();
    assertThat(has(awaited, UserId.of("somebody else"))).isFalse();
  }

  /** Nodes of several versions have to make the same hashes. */
  @Test
  void hashesAreAsTheyWere() {
    assertThat(Awaited.hash("default", "alice")).isEqualTo(6578353926203592514L);
    assertThat(Awaited.hash("", "")).isZero();
  }

  @Test
  void onlyPowersOfTwoAreLengths() {
    assertThat(List.of(1, 2, 128, 1 << 14)).allMatch(Awaited::isLength);
    assertThat(List.of(0, 3, 127, 129)).noneMatch(Awaited::isLength);
  }
}
