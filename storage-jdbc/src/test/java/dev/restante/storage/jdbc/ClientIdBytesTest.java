package dev.restante.storage.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("D7")
class ClientIdBytesTest {
  private static final String UUID = "0190a5e3-7c1b-7abc-8def-0123456789ab";

  @Test
  void aUuidIsSeventeenBytes() {
    assertThat(ClientIdBytes.encode(UUID))
        .containsExactly(
            0xFF, 0x01, 0x90, 0xa5, 0xe3, 0x7c, 0x1b, 0x7a, 0xbc, 0x8d, 0xef, 0x01, 0x23, 0x45,
            0x67, 0x89, 0xab);
  }

  @Test
  void whatOnlyLooksLikeAUuidStaysText() {
    for (String id :
        List.of(
            UUID.toUpperCase(java.util.Locale.ROOT),
            UUID.replace("-7abc", "-7ABC"),
            UUID.replace('-', '_'),
            UUID.replace("ab", "ag"),
            UUID.replace("0190", "019\u0660"),
            "0190a5e37c1b7abc8def0123456789ab",
            "0190a5e3-7c1b-7abc-8def0-123456789ab",
            UUID + "0",
            "")) {
      assertThat(ClientIdBytes.encode(id)).as(id).isEqualTo(Utf8.encode(id));
    }
  }

  @Test
  void noTwoIdsHaveTheSameBytes() {
    Set<String> ids = new HashSet<>();
    Set<List<Byte>> bytes = new HashSet<>();
    for (int at = 0; at < UUID.length(); at++) {
      for (char c : "0aAfg-\u00ff\uffff".toCharArray()) {
        String id = UUID.substring(0, at) + c + UUID.substring(at + 1);
        ids.add(id);
        byte[] encoded = ClientIdBytes.encode(id);
        Byte[] boxed = new Byte[encoded.length];
        Arrays.setAll(boxed, i -> encoded[i]);
        bytes.add(Arrays.asList(boxed));
      }
    }
    assertThat(bytes).hasSameSizeAs(ids);
  }

  @Test
  void uuidsKeepTheirOrder() {
    String later = "0190a5e3-7c1c-7000-8000-000000000000";
    assertThat(Arrays.compareUnsigned(ClientIdBytes.encode(UUID), ClientIdBytes.encode(later)))
        .isNegative();
  }
}
