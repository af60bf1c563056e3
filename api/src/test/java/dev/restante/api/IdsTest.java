package dev.restante.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Ids are data: whatever has a UTF-8 form of 1 to 255 bytes is an id, and no two become one. */
@Tag("O8")
final class IdsTest {
  private static final String EMOJI = "😀";

  static List<String> hostile() {
    return List.of(
        "a",
        ":",
        "/",
        "\n",
        "\0",
        " ",
        "1:a",
        "g",
        "d",
        "d1:ab",
        "..",
        "'; DROP TABLE log; --",
        "%00",
        "{}",
        "\\",
        "\u202e",
        "\ufffd",
        "\uffff",
        "é",
        "e\u0301",
        EMOJI,
        "a".repeat(255),
        "ß".repeat(127),
        EMOJI.repeat(63));
  }

  static List<String> malformed() {
    return List.of(
        "",
        "a".repeat(256),
        "ß".repeat(128),
        EMOJI.repeat(64),
        EMOJI.substring(0, 1),
        EMOJI.substring(1),
        "a" + EMOJI.charAt(0),
        EMOJI.charAt(1) + "" + EMOJI.charAt(0));
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void takesAnyTextAsAnId(String text) {
    UserId user = new UserId(text, text);
    assertThat(user.value()).isEqualTo(text);
    assertThat(user.device(text).value()).isEqualTo(text);
    assertThat(ConversationId.group(text, text).value()).isEqualTo(text);
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void refusesWhatHasNoUtf8FormOrIsTooLong(String text) {
    List<Runnable> attempts =
        List.of(
            () -> UserId.of(text),
            () -> new UserId(text, "user"),
            () -> UserId.of("user").device(text),
            () -> ConversationId.group(text),
            () -> ConversationId.group(text, "group"));
    for (Runnable attempt : attempts) {
      assertThatExceptionOfType(InvalidValueException.class).isThrownBy(attempt::run);
    }
  }

  @Test
  void namesValueAndLimitInTheMessage() {
    assertThatExceptionOfType(InvalidValueException.class)
        .isThrownBy(() -> UserId.of("a".repeat(300)))
        .withMessageContaining("user id")
        .withMessageContaining("300")
        .withMessageContaining("255")
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(150));
  }

  @Test
  void boundsKindsAndClientIds() {
    assertThat(new MessageKind("k".repeat(MessageKind.MAX_BYTES)).name()).hasSize(64);
    assertThatExceptionOfType(InvalidValueException.class)
        .isThrownBy(() -> new MessageKind("k".repeat(MessageKind.MAX_BYTES + 1)));
    assertThatExceptionOfType(InvalidValueException.class)
        .isThrownBy(
            () ->
                Draft.text(
                    UserId.of("a").device("1"), ConversationId.group("g"), "c".repeat(256), "x"));
  }

  @Test
  void keepsDirectConversationsOfDifferentPairsApart() {
    Map<ConversationId, List<String>> seen = new HashMap<>();
    for (String one : hostile()) {
      for (String other : hostile()) {
        List<String> pair = new ArrayList<>(List.of(one, other));
        pair.sort(null);
        ConversationId id = ConversationId.between(UserId.of(one), UserId.of(other));
        assertThat(seen.merge(id, pair, (before, now) -> before)).isEqualTo(pair);
      }
    }
    int n = hostile().size();
    assertThat(seen).hasSize(n * (n + 1) / 2);
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void givesThePairBackWhoeverIsNamedFirst(String text) {
    UserId one = UserId.of(text);
    for (String each : hostile()) {
      UserId other = UserId.of(each);
      ConversationId id = ConversationId.between(one, other);
      assertThat(id).isEqualTo(ConversationId.between(other, one));
      assertThat(id.pair())
          .containsExactlyInAnyOrderElementsOf(
              one.equals(other) ? List.of(one) : List.of(one, other));
      assertThat(ConversationId.ofKey(id.tenant(), id.key())).isEqualTo(id);
    }
  }

  @Test
  void ordersAPairByBytesNotByUtf16() {
    // U+FFFF is above the emoji in UTF-16, below it in UTF-8
    ConversationId id = ConversationId.between(UserId.of(EMOJI), UserId.of("\uffff"));
    assertThat(id.pair()).containsExactly(UserId.of("\uffff"), UserId.of(EMOJI));
  }

  @Test
  void refusesEveryOtherSpellingOfADirectConversation() {
    List<String> spellings =
        List.of(
            "",
            "ab",
            ":ab",
            "1:",
            "1:ba",
            "01:ab",
            "+1:ab",
            "-1:ab",
            "1 :ab",
            "2:ab",
            "3:ab",
            "0:ab",
            "99999999999:ab",
            "2147483647:ab",
            "١:ab",
            "1:" + EMOJI,
            "1:a" + "b".repeat(256));
    for (String spelling : spellings) {
      assertThatExceptionOfType(InvalidValueException.class)
          .as(spelling)
          .isThrownBy(() -> new ConversationId("default", ConversationId.Type.DIRECT, spelling));
    }
    assertThat(new ConversationId("default", ConversationId.Type.DIRECT, "1:ab").pair())
        .containsExactly(UserId.of("a"), UserId.of("b"));
  }

  @Test
  void neverTakesAGroupForADirectConversation() {
    ConversationId direct = ConversationId.between(UserId.of("a"), UserId.of("b"));
    ConversationId group = ConversationId.group(direct.value());
    assertThat(group).isNotEqualTo(direct);
    assertThat(group.key()).isNotEqualTo(direct.key());
    assertThat(ConversationId.ofKey("default", group.key())).isEqualTo(group);
  }

  @Test
  void refusesForeignKeys() {
    for (String key : List.of("", "x", "D1:ab", "g", "d")) {
      assertThatExceptionOfType(InvalidValueException.class)
          .as(key)
          .isThrownBy(() -> ConversationId.ofKey("default", key));
    }
  }

  @Test
  void keepsTenantsApart() {
    UserId here = new UserId("here", "a");
    UserId there = new UserId("there", "a");
    assertThat(here).isNotEqualTo(there);
    assertThatExceptionOfType(InvalidValueException.class)
        .isThrownBy(() -> ConversationId.between(here, there));
    assertThatExceptionOfType(InvalidValueException.class)
        .isThrownBy(
            () -> Draft.text(here.device("1"), ConversationId.group("there", "g"), "id", "text"));
  }
}
