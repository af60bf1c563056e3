package dev.restante.example.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.api.DeviceId;
import dev.restante.api.UserId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokensTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final DeviceId PHONE = UserId.of("alice").device("phone");

  private final Tokens tokens = tokensAt(NOW);

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"alice", "a.b:c/d", "zoë 😀", "new\nline", "nul\0"})
  void namesTheDeviceItWasIssuedTo(String user) {
    DeviceId device = UserId.of(user).device("phone." + user);

    assertThat(tokens.authenticate(tokens.issue(device))).contains(device);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ".", "...", "a.b.c.d", "YQ.YQ.9999999999999.", "💥.💥.1.💥", "YQ.YQ.x.YQ"})
  void refusesWhatIsNoToken(String text) {
    assertThat(tokens.authenticate(text)).isEmpty();
  }

  @Test
  void refusesEveryChangedCharacter() {
    String token = tokens.issue(PHONE);
    for (int i = 0; i < token.length() - 1; i++) { // the last one holds padding bits
      char other = token.charAt(i) == 'A' ? 'B' : 'A';
      String changed = token.substring(0, i) + other + token.substring(i + 1);
      assertThat(tokens.authenticate(changed)).as(changed).isEmpty();
    }
  }

  @Test
  void expires() {
    String token = tokens.issue(PHONE);

    assertThat(tokensAt(NOW.plus(Tokens.LIFETIME).minusMillis(1)).authenticate(token))
        .contains(PHONE);
    assertThat(tokensAt(NOW.plus(Tokens.LIFETIME)).authenticate(token)).isEmpty();
  }

  @Test
  void outlivesTheServerAndIsBoundToItsSecret() throws Exception {
    InstantSource clock = InstantSource.fixed(NOW);
    String token = Tokens.withSecretIn(folder.resolve("one"), clock).issue(PHONE);

    assertThat(Tokens.withSecretIn(folder.resolve("one"), clock).authenticate(token))
        .contains(PHONE);
    assertThat(Tokens.withSecretIn(folder.resolve("two"), clock).authenticate(token)).isEmpty();
    assertThat(Duration.ofDays(30)).isEqualTo(Tokens.LIFETIME);
  }

  @Test
  void ofServersThatMakeTheSecretAtOnceEachKnowsTheTokensOfTheOthers() throws Exception {
    InstantSource clock = InstantSource.fixed(NOW);
    int servers = 8;
    ExecutorService threads = Executors.newFixedThreadPool(servers);
    try {
      for (int run = 0; run < 20; run++) {
        Path file = folder.resolve("run-" + run);
        CyclicBarrier together = new CyclicBarrier(servers);
        List<Future<Tokens>> starting =
            IntStream.range(0, servers)
                .mapToObj(
                    server ->
                        threads.submit(
                            () -> {
                              together.await();
                              return Tokens.withSecretIn(file, clock);
                            }))
                .toList();
        String token = starting.get(0).get().issue(PHONE);
        for (Future<Tokens> each : starting) {
          assertThat(each.get().authenticate(token)).contains(PHONE);
        }
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static Tokens tokensAt(Instant now) {
    return new Tokens(new byte[32], InstantSource.fixed(now));
  }
}
