package dev.restante.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.api.ConversationId;
import dev.restante.api.UserId;
import dev.restante.bus.BusLink;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("O6")
class HintCodecTest {
  private static final List<String> NAMES =
      List.of("a", "a:b", "new\nline", "nul\u0000", "\u0000", "😀", "\uFFFF", "x".repeat(255));

  private static final HintCodec.Origin ORIGIN = new HintCodec.Origin(Long.MIN_VALUE, -7);

  @Test
  void whatIsWrittenIsRead() {
    for (String tenant : NAMES) {
      for (String name : NAMES) {
        HintCodec.Writer message = new HintCodec.Writer(ORIGIN, HintCodec.MOST_BYTES);
        List<Hint> expected = new ArrayList<>();
        UserId user = new UserId(tenant, name);
        for (long head : new long[] {1, 127, 128, 1L << 35, HintCodec.MOST_HEAD}) {
          ConversationId direct = ConversationId.between(user, new UserId(tenant, "z"));
          ConversationId group = ConversationId.group(tenant, name);
          assertThat(message.head(Keys.log(direct), head)).isTrue();
          assertThat(message.head(Keys.log(group), head)).isTrue();
          assertThat(message.head(Keys.inbox(user), head)).isTrue();
          expected.add(new Hint.LogHead(direct, head));
          expected.add(new Hint.LogHead(group, head));
          expected.add(new Hint.InboxHead(user, head));
        }
        assertThat(message.devices(user)).isTrue();
        expected.add(new Hint.Devices(user));
        assertThat(HintCodec.origin(message.message())).contains(ORIGIN);
        assertThat(HintCodec.hints(message.message())).contains(expected);
        assertThat(message.count()).isEqualTo(expected.size());
      }
    }
  }

  @Test
  void theLeastRoomHoldsTheLongestHint() {
    UserId one = new UserId("t".repeat(255), "a".repeat(255));
    UserId other = new UserId("t".repeat(255), "b".repeat(255));
    HintCodec.Writer message = new HintCodec.Writer(ORIGIN, BusLink.LEAST_MESSAGE_BYTES);
    assertThat(message.head(Keys.log(ConversationId.between(one, other)), HintCodec.MOST_HEAD))
        .isTrue();
  }

  @Test
  void aFullMessageTakesNoMoreAndIsWholeAllTheSame() {
    HintCodec.Writer message = new HintCodec.Writer(ORIGIN, BusLink.LEAST_MESSAGE_BYTES);
    int count = 0;
    while (message.head(Keys.inbox(UserId.of("user" + count)), count + 1)) {
      count++;
    }
    assertThat(count).isGreaterThan(50);
    assertThat(message.message().length).isLessThanOrEqualTo(BusLink.LEAST_MESSAGE_BYTES);
    assertThat(HintCodec.hints(message.message()).orElseThrow()).hasSize(count);
  }

  @Test
  void forWhomThereAreSessionsIsRead() {
    for (int count : new int[] {0, 1, 7, 100, 5_000}) {
      Set<UserId> users = new HashSet<>();
      for (int i = 0; i < count; i++) {
        users.add(new UserId(NAMES.get(i % NAMES.size()), "user" + i));
      }
      HintCodec.Writer message = new HintCodec.Writer(ORIGIN, BusLink.LEAST_MESSAGE_BYTES);
      message.sessions(users);
      assertThat(message.devices(UserId.of("alice"))).isTrue();
      List<Hint> hints = HintCodec.hints(message.message()).orElseThrow();
      assertThat(hints).hasSize(2);
      assertThat(message.count()).isEqualTo(1);
      Awaited awaited = ((Hint.Sessions) hints.get(0)).awaited();
      for (UserId user : users) {
        assertThat(awaited.mayHave(Awaited.hash(user.tenant(), user.value()))).isTrue();
      }
    }
  }

  @Test
  void aFilterThatIsNoneMakesAMessageUnreadable() {
    HintCodec.Writer message = new HintCodec.Writer(ORIGIN, BusLink.LEAST_MESSAGE_BYTES);
    message.sessions(Set.of());
    byte[] whole = message.message();
    assertThat(HintCodec.hints(whole)).isPresent();
    for (int cut = 1; cut <= Awaited.LEAST_BYTES; cut++) {
      assertThat(HintCodec.hints(Arrays.copyOf(whole, whole.length - cut))).isEmpty();
    }
    for (int bytes : new int[] {0, 3, 127}) {
      assertThat(HintCodec.hints(filterOf(bytes))).isEmpty();
    }
    for (int bytes : new int[] {1, 4, 128}) {
      assertThat(HintCodec.hints(filterOf(bytes))).isPresent();
    }
  }

  private static byte[] filterOf(int bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new HintCodec.Writer(ORIGIN, BusLink.LEAST_MESSAGE_BYTES).message());
    out.write(4);
    for (int length : new int[] {bytes + (bytes < 128 ? 1 : 2), bytes}) {
      if (length >= 128) {
        out.write((length & 0x7f) | 0x80);
      }
      out.write(length < 128 ? length : length >>> 7);
    }
    out.writeBytes(new byte[bytes]);
    return out.toByteArray();
  }

  @Test
  void anyBytesAreReadOrRefused() {
    Random random = new Random(1);
    byte[] good =
        new Hostile(5).heads(ConversationId.group("team"), List.of(UserId.of("a")), 9).get(2);
    for (int i = 0; i < 200_000; i++) {
      byte[] bytes = random.nextBoolean() ? good.clone() : new byte[17 + random.nextInt(40)];
      if (bytes.length != good.length) {
        random.nextBytes(bytes);
      }
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      HintCodec.origin(bytes);
      HintCodec.hints(bytes);
    }
  }
}
