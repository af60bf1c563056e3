package dev.restante.storage.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.restante.storage.StreamKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** No two things share a key, whatever their names are. */
final class KeysTest {
  private static final Keys KEYS = new Keys("restante");

  private static final List<String> HOSTILE =
      List.of(
          "",
          " ",
          "a",
          "A",
          "a/b",
          "a",
          "/",
          "//",
          ":",
          "a:b",
          "{",
          "}",
          "{}",
          "}{",
          "{a}",
          "%",
          "%2F",
          "%7B",
          "%00",
          "\u0000",
          "\n",
          "\r\n",
          "\t",
          "\u007f",
          "\u0080",
          "é",
          "e\u0301",
          "👩‍🚀",
          "\ud83d\ude00",
          "\uffff",
          "*",
          "?",
          "[a]",
          "'",
          "\"",
          "\\",
          "a".repeat(255),
          "\u0000".repeat(600),
          "é".repeat(300));

  @Test
  void everyPairOfNamesHasKeysOfItsOwn() {
    Set<String> seen = new HashSet<>();
    int count = 0;
    for (String tenant : new HashSet<>(HOSTILE)) {
      for (String name : new HashSet<>(HOSTILE)) {
        for (byte[] key : all(tenant, name)) {
          seen.add(text(key));
          count++;
        }
      }
    }
    assertThat(seen).hasSize(count);
  }

  private static List<byte[]> all(String tenant, String name) {
    StreamKey log = StreamKey.log(tenant, name);
    StreamKey inbox = StreamKey.inbox(tenant, name);
    StreamKey store = new StreamKey(StreamKey.Kind.STORE, tenant, name);
    List<byte[]> keys = new ArrayList<>();
    keys.add(KEYS.stream(log));
    keys.add(KEYS.stream(inbox));
    keys.add(KEYS.compaction(inbox));
    for (StreamKey partition : List.of(log, inbox, store)) {
      keys.add(KEYS.records(partition));
      keys.add(KEYS.order(partition));
    }
    return keys;
  }

  /** What Redis Cluster hashes is what is between the first brace and the next that closes. */
  @Test
  void whatBelongsTogetherIsInOneSlot() {
    for (String tenant : HOSTILE) {
      for (String name : HOSTILE) {
        Set<String> tags = new HashSet<>();
        for (byte[] key : all(tenant, name)) {
          String text = text(key);
          int open = text.indexOf('{');
          tags.add(text.substring(open + 1, text.indexOf('}', open)));
          assertThat(text.indexOf('}', open)).isEqualTo(text.length() - 1);
        }
        assertThat(tags).hasSize(1).doesNotContain("");
      }
    }
  }

  @Test
  void whatScriptsPutTogetherIsWhatIsMadeHere() {
    for (String name : HOSTILE) {
      StreamKey log = StreamKey.log("te{n/ant", name);
      assertThat(text(KEYS.logStart("te{n/ant")) + text(Keys.escaped(name)) + text(KEYS.end()))
          .isEqualTo(text(KEYS.stream(log)));
      assertThat(Keys.unescaped(Keys.escaped(name))).isEqualTo(name);
    }
  }

  @Test
  void halfOfASurrogatePairHasNoKey() {
    assertThatThrownBy(() -> KEYS.stream(StreamKey.log("tenant", "\ud83d")))
        .isInstanceOf(Utf8.Malformed.class);
  }

  private static String text(byte[] key) {
    return new String(key, StandardCharsets.ISO_8859_1);
  }
}
