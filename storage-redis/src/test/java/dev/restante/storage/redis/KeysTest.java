package dev.restante.storage.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.restante.storage.StreamKey;
import io.lettuce.core.cluster.SlotHash;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** No two things share a key, whatever their names are. */
final class KeysTest {
  private static final Keys KEYS = new Keys("restante");
  private static final Keys CLUSTER = Keys.ofCluster("restante");

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
        for (byte[] key : all(KEYS, tenant, name)) {
          seen.add(text(key));
          count++;
        }
      }
    }
    assertThat(seen).hasSize(count);
  }

  private static List<byte[]> all(Keys made, String tenant, String name) {
    StreamKey log = StreamKey.log(tenant, name);
    StreamKey inbox = StreamKey.inbox(tenant, name);
    StreamKey store = new StreamKey(StreamKey.Kind.STORE, tenant, name);
    List<byte[]> keys = new ArrayList<>();
    keys.add(made.stream(log));
    keys.add(made.stream(inbox));
    keys.add(made.compaction(inbox));
    for (StreamKey partition : List.of(log, inbox, store)) {
      keys.add(made.records(partition));
      keys.add(made.order(partition));
    }
    return keys;
  }

  /** An administrator finds what belongs together by what is in braces. */
  @Test
  void whatBelongsTogetherHasOneTag() {
    for (String tenant : HOSTILE) {
      for (String name : HOSTILE) {
        Set<String> tags = new HashSet<>();
        for (byte[] key : all(KEYS, tenant, name)) {
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

  // ---- of a cluster -----------------------------------------------------------------------------

  @Test
  void onAClusterEveryPairOfNamesHasKeysOfItsOwnInOneSlot() {
    Set<String> seen = new HashSet<>();
    int count = 0;
    for (String tenant : new HashSet<>(HOSTILE)) {
      for (String name : new HashSet<>(HOSTILE)) {
        int tag = Keys.tag(StreamKey.log(tenant, name));
        List<byte[]> all = all(CLUSTER, tenant, name);
        for (StreamKey.Kind kind : StreamKey.Kind.values()) {
          all.add(CLUSTER.intent(new StreamKey(kind, tenant, name)));
        }
        for (byte[] key : all) {
          seen.add(text(key));
          count++;
        }
        all.addAll(List.of(CLUSTER.submits(tag), CLUSTER.expiries(tag)));
        all.addAll(List.of(CLUSTER.probe(all.get(0)).keys()));
        assertThat(all).extracting(SlotHash::getSlot).containsOnly(SlotHash.getSlot(all.get(0)));
      }
    }
    assertThat(seen).hasSize(count);
  }

  /** Equal shares of the slots are equal shares of the tags, and of the transactions' records. */
  @Test
  void tagsAreSpreadOverTheSlotsEvenly() {
    for (int tag = 0; tag < Tags.COUNT; tag++) {
      assertThat(SlotHash.getSlot(CLUSTER.submits(tag)) * Tags.COUNT / SlotHash.SLOT_COUNT)
          .isEqualTo(tag);
    }
    assertThat(Keys.tagsOfTransactions()).hasSize(64);
    assertThat(Keys.tagsOfTransactions()).contains(Keys.tag("00a"), Keys.tag("ffa"));
    assertThat(SlotHash.getSlot(CLUSTER.cells(16)))
        .isEqualTo(SlotHash.getSlot(CLUSTER.decisions(16)));
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
