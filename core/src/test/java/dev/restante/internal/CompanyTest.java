package dev.restante.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.api.UserId;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("O6")
class CompanyTest {
  private static final UserId ALICE = UserId.of("alice");
  private static final UserId BOB = UserId.of("bob");

  private final Company company = new Company();

  private static Hint sessions(UserId... users) {
    return new Hint.Sessions(Awaited.of(Set.of(users), 2_048));
  }

  /** Everybody who is there has been heard. */
  @BeforeEach
  void begin() {
    company.begin(-Company.FIRST_NANOS);
    company.forgetSilent(0);
  }

  private boolean awaits(UserId user) {
    return company.awaits(Keys.inbox(user));
  }

  @Test
  void nobodyAwaitsAnything() {
    assertThat(awaits(ALICE)).isFalse();
  }

  @Test
  void whoHasNotBeenHeardYetMayAwaitEverybody() {
    Company fresh = new Company();
    fresh.begin(100);
    fresh.heard(1, List.of(sessions()), 100);
    assertThat(fresh.awaits(Keys.inbox(ALICE))).isTrue();
    fresh.forgetSilent(99 + Company.FIRST_NANOS);
    assertThat(fresh.awaits(Keys.inbox(ALICE))).isTrue();
    fresh.forgetSilent(100 + Company.FIRST_NANOS);
    assertThat(fresh.awaits(Keys.inbox(ALICE))).isFalse();
  }

  @Test
  void whoHasNotSaidMayAwaitEverybody() {
    company.heard(1, List.of(sessions()), 0);
    assertThat(awaits(ALICE)).isFalse();
    company.heard(2, List.of(new Hint.Devices(BOB)), 0);
    assertThat(awaits(ALICE)).isTrue();
    company.heard(2, List.of(sessions(BOB)), 0);
    assertThat(awaits(ALICE)).isFalse();
    assertThat(awaits(BOB)).isTrue();
  }

  @Test
  void whatIsSaidLaterCounts() {
    company.heard(1, List.of(sessions(BOB)), 0);
    company.heard(1, List.of(new Hint.InboxHead(ALICE, 5)), 0);
    assertThat(awaits(ALICE)).isFalse();
    company.heard(1, List.of(new Hint.Devices(ALICE)), 0);
    assertThat(awaits(ALICE)).isTrue();
    assertThat(awaits(BOB)).isTrue();
    company.heard(1, List.of(sessions(), new Hint.Devices(ALICE)), 0);
    assertThat(awaits(ALICE)).isTrue();
    assertThat(awaits(BOB)).isFalse();
  }

  @Test
  void whoIsSilentIsForgotten() {
    company.heard(1, List.of(sessions(BOB)), 0);
    company.heard(2, List.of(sessions(ALICE)), 8);
    company.forgetSilent(Company.SILENCE_NANOS);
    assertThat(awaits(BOB)).isTrue();
    company.forgetSilent(Company.SILENCE_NANOS + 1);
    assertThat(awaits(BOB)).isFalse();
    assertThat(awaits(ALICE)).isTrue();
  }

  @Test
  void amongVeryManyEverybodyIsAwaited() {
    for (int i = 0; i < Company.MOST; i++) {
      company.heard(i, List.of(sessions()), 0);
    }
    assertThat(awaits(ALICE)).isFalse();
    company.heard(Company.MOST, List.of(sessions()), 5);
    assertThat(awaits(ALICE)).isTrue();
    company.forgetSilent(4 + Company.SILENCE_NANOS);
    assertThat(awaits(ALICE)).isTrue();
    company.forgetSilent(5 + Company.SILENCE_NANOS);
    assertThat(awaits(ALICE)).isFalse();
  }
}
