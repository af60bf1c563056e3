package dev.restante.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class VocabularyTest {
  private static final DeviceId PHONE = UserId.of("alice").device("phone");
  private static final ConversationId GROUP = ConversationId.group("g");

  @Test
  void copiesPayloadsInAndOut() {
    byte[] bytes = "text".getBytes(StandardCharsets.UTF_8);
    Payload payload = Payload.of(bytes);
    bytes[0] = 'n';
    payload.toByteArray()[0] = 'n';
    assertThat(payload.asText()).isEqualTo("text");
    assertThat(payload).isEqualTo(Payload.text("text")).hasSameHashCodeAs(Payload.text("text"));
  }

  @Test
  @Tag("M6")
  void keepsContentOutOfLogs() {
    assertThat(Draft.text(PHONE, GROUP, "id", "secret").toString()).doesNotContain("secret");
  }

  @Test
  void copiesListsOfMembers() {
    List<Member> members = new ArrayList<>(List.of(new Member(PHONE.user(), Role.OWNER)));
    GroupCreated created =
        new GroupCreated(GROUP, 1, Instant.EPOCH, PHONE.user(), "title", members, Payload.empty());
    members.clear();
    assertThat(created.members()).hasSize(1);
  }

  @Test
  void readsRolesByCode() {
    for (Role role : Role.values()) {
      assertThat(Role.ofCode(role.code())).isEqualTo(role);
    }
    assertThat(Role.ofCode(0)).isEqualTo(Role.MEMBER);
    assertThat(Role.ofCode(99)).isEqualTo(Role.MEMBER);
  }

  @Test
  void givesRolesAndChangesCodesThatNeverChange() {
    assertThat(List.of(Role.MEMBER.code(), Role.ADMIN.code(), Role.OWNER.code()))
        .containsExactly(1, 2, 3);
    assertThat(MembershipChanged.Change.values())
        .extracting(MembershipChanged.Change::code)
        .containsExactly(1, 2, 3, 4);
  }

  @Test
  void refusesGapsOfNothing() {
    assertThat(new Gap(GROUP, 1, 1).toSeq()).isEqualTo(1);
    assertThatExceptionOfType(InvalidValueException.class).isThrownBy(() -> new Gap(GROUP, 0, 1));
    assertThatExceptionOfType(InvalidValueException.class).isThrownBy(() -> new Gap(GROUP, 2, 1));
  }

  @Test
  void changesOneThingOfADraftAtATime() {
    Draft draft = Draft.text(PHONE, GROUP, "id", "text");
    Instant fine = Instant.parse("2026-01-01T00:00:00.123456Z");
    assertThat(draft.answering(7).composedAt(fine))
        .isEqualTo(
            new Draft(
                PHONE,
                GROUP,
                "id",
                MessageKind.TEXT,
                Payload.text("text"),
                7,
                Instant.parse("2026-01-01T00:00:00.123Z")));
    assertThatExceptionOfType(InvalidValueException.class).isThrownBy(() -> draft.answering(-1));
    assertThatExceptionOfType(InvalidValueException.class)
        .isThrownBy(() -> draft.composedAt(Instant.MAX));
  }

  @Test
  void knowsNoMembersOfAGroupFromItsId() {
    assertThatIllegalStateException().isThrownBy(GROUP::pair);
  }

  @Test
  @SuppressWarnings("NullAway") // what a caller without null checking may hand in
  void saysWhichTextIsMissing() {
    assertThatNullPointerException()
        .isThrownBy(() -> Draft.text(PHONE, GROUP, "id", null))
        .withMessage("text");
  }
}
