package dev.restante.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A device that was given a to d, acknowledged a, and c without an answer. */
final class DeviceTrailTest {
  private final List<String> problems = new ArrayList<>();
  private final DeviceTrail trail = new DeviceTrail("phone", problems);

  @BeforeEach
  void firstSession() {
    trail.connected("-");
    trail.applied("a");
    trail.page("1", false);
    trail.acknowledging("1");
    trail.acknowledged("1", "1");
    trail.applied("b");
    trail.page("2", false);
    trail.applied("c");
    trail.page("3", false);
    trail.acknowledging("3");
    trail.applied("d");
    trail.page("4", false);
    assertThat(problems).isEmpty();
  }

  private void given(String... entries) {
    for (String entry : entries) {
      trail.applied(entry);
    }
  }

  @Test
  void beginsWhereItAcknowledged() {
    trail.connected("-");
    given("b", "c", "d", "e");
    trail.page("5", true);
    trail.connected("-");
    given("d", "e");
    assertThat(problems).isEmpty();
  }

  /** The acknowledgement of c arrives when b has been given again. */
  @Test
  void goesOnBehindWhatItAcknowledgedEarlier() {
    trail.connected("-");
    given("b", "d", "e");
    trail.page("5", true);
    assertThat(problems).isEmpty();
  }

  @Test
  void isToldOfThePlaceBehindWhatItAcknowledgedEarlier() {
    trail.connected("-");
    given("b");
    trail.page("3", false);
    given("d");
    assertThat(problems).isEmpty();
  }

  /** Pages end elsewhere the second time. */
  @Test
  void doesNotGoOnWithEveryPage() {
    trail.connected("-");
    given("b", "c", "d");
    trail.page("4", false);
    trail.acknowledging("4");
    trail.connected("-");
    given("b");
    trail.page("new", false);
    given("c", "d");
    assertThat(problems).isEmpty();
  }

  /** A page may have nothing but news of the user's devices, which are not kept here. */
  @Test
  void aPageWithoutAnEntryShowsNotWhereItBegan() {
    trail.connected("-");
    trail.page("news", false);
    given("b", "c", "d");
    assertThat(problems).isEmpty();
    trail.connected("news");
    given("b");
    assertThat(problems).isEmpty();
    trail.connected("news");
    given("c");
    assertThat(problems).hasSize(1);
  }

  @Test
  void whoeverResumesBehindAPageThatShowedNothingBeginsWhereThatMayHaveBeen() {
    trail.connected("-");
    trail.page("news", false);
    trail.acknowledging("news");
    trail.acknowledged("news", "news");
    trail.connected("news");
    given("b");
    assertThat(problems).isEmpty();
    trail.connected("-");
    trail.page("more news", false);
    trail.connected("more news");
    given("a");
    assertThat(problems).hasSize(1);
  }

  @Test
  void leavesNothingOutThatItDidNotAcknowledge() {
    trail.connected("-");
    given("b", "e");
    assertThat(problems).hasSize(1);
  }

  @Test
  void leavesNothingOutBehindWhereItSaidThatItStands() {
    trail.connected("1");
    given("b", "d");
    assertThat(problems).hasSize(1);
  }

  @Test
  void doesNotGoBack() {
    trail.connected("-");
    given("d", "b");
    assertThat(problems).hasSize(1);
  }
}
