package dev.restante.example.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.restante.testbrowser.Browser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.logging.LogEntry;

/**
 * The page in a real browser against a real server process: two users, three devices, one of them
 * away, 200 messages, and a server that is killed in the middle.
 */
@Tag("browser")
@Timeout(240)
class BrowserTest {
  private static final int ALICE_PHONE = 0;
  private static final int ALICE_LAPTOP = 1;
  private static final int BOB_PHONE = 2;
  private static final int EACH = 100;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Holds each {@code accepted} back for longer than an inbox takes to bring the message. */
  private static final String ANSWERS_COME_LATE =
      """
      const Plain = window.WebSocket;
      window.WebSocket = class extends Plain {
        set onmessage(handle) {
          super.onmessage = (event) =>
            JSON.parse(event.data).type === 'accepted'
              ? setTimeout(() => handle(event), 1500)
              : handle(event);
        }
      };
      """;

  /** A message as a device shows it. */
  private record Shown(long seq, boolean own, String text) {
    Shown seenByTheOther() {
      return new Shown(seq, !own, text);
    }
  }

  /** A browser may still write into its profile when it has been told to go. */
  @TempDir(cleanup = CleanupMode.NEVER)
  Path folder;

  private @Nullable ServerProcess running;
  private @Nullable ChromeDriver driver;

  @AfterEach
  void stop() throws Exception {
    if (driver != null) {
      Path picture = Files.createDirectories(Path.of("target", "browser")).resolve("last.png");
      Files.write(picture, driver.getScreenshotAs(OutputType.BYTES));
      driver.quit();
    }
    if (running != null) {
      running.close();
    }
  }

  @Test
  void deviceThatWasAwayAndServerThatWasKilledLoseNothing() throws Exception {
    driver = Browser.start(folder.resolve("profile"));
    int port = startServer(0);
    page().get("http://localhost:" + port + "/");
    page().findElement(By.id("start")).click();
    awaitStatus("online", ALICE_PHONE, ALICE_LAPTOP, BOB_PHONE);
    card(ALICE_LAPTOP, ".toggle").click();
    awaitStatus("offline", ALICE_LAPTOP);

    openChat(ALICE_PHONE, "bob");
    openChat(BOB_PHONE, "alice");
    burst(ALICE_PHONE);
    burst(BOB_PHONE);
    // Not by what was accepted: the page shows the newest only, and these may all be the other's.
    await().atMost(PATIENCE).until(() -> pending(ALICE_PHONE) < 40 && pending(BOB_PHONE) < 40);
    List<String> unexpected = severe(Browser.console(page()));
    server().kill();

    awaitStatus("unreachable", ALICE_PHONE, BOB_PHONE);
    burst(ALICE_PHONE);
    burst(BOB_PHONE);
    assertThat(pending(ALICE_PHONE)).isGreaterThanOrEqualTo(EACH / 2);
    startServer(port);
    awaitStatus("online", ALICE_PHONE, BOB_PHONE);
    await().atMost(PATIENCE).until(() -> pending(ALICE_PHONE) + pending(BOB_PHONE) == 0);
    severe(Browser.console(page())).stream()
        .filter(line -> !isFailedConnect(line, port))
        .forEach(unexpected::add);

    card(ALICE_LAPTOP, ".toggle").click();
    awaitStatus("online", ALICE_LAPTOP);
    assertThat(card(ALICE_LAPTOP, ".progress").getText()).contains("200 received");
    openChat(ALICE_LAPTOP, "bob");

    List<Shown> phone = shownOn(ALICE_PHONE);
    assertThat(phone)
        .extracting(Shown::seq)
        .containsExactlyElementsOf(LongStream.rangeClosed(1, 2 * EACH).boxed().toList());
    assertThat(textsOf(phone, true)).isEqualTo(expectedTexts());
    assertThat(textsOf(phone, false)).isEqualTo(expectedTexts());
    assertThat(shownOn(ALICE_LAPTOP)).isEqualTo(phone);
    assertThat(shownOn(BOB_PHONE).stream().map(Shown::seenByTheOther).toList()).isEqualTo(phone);
    unexpected.addAll(severe(Browser.console(page())));
    assertThat(unexpected).as("errors in the browser's console").isEmpty();
    assertThat(server().said().lines()).as("lines that the server printed").hasSize(1);
  }

  @Test
  void reloadedPageGoesOnWhereItWas() throws Exception {
    driver = Browser.start(folder.resolve("profile"));
    int port = startServer(0);
    page().get("http://localhost:" + port + "/");
    page().findElement(By.id("start")).click();
    awaitStatus("online", ALICE_PHONE, ALICE_LAPTOP, BOB_PHONE);
    openChat(ALICE_PHONE, "bob");
    card(ALICE_PHONE, "textarea").sendKeys("before", Keys.ENTER);
    await().atMost(PATIENCE).until(() -> accepted(ALICE_PHONE) == 1);
    card(ALICE_PHONE, ".toggle").click();
    card(ALICE_PHONE, "textarea").sendKeys("written offline", Keys.ENTER);

    page().navigate().refresh();

    awaitStatus("offline", ALICE_PHONE);
    awaitStatus("online", ALICE_LAPTOP, BOB_PHONE);
    card(ALICE_PHONE, ".toggle").click();
    awaitStatus("online", ALICE_PHONE);
    openChat(BOB_PHONE, "alice");
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(shownOn(BOB_PHONE))
                    .extracting(Shown::text)
                    .containsExactly("before", "written offline"));
    assertThat(severe(Browser.console(page()))).isEmpty();
  }

  /** Both say that a message was accepted, and which of them comes first is not for the page. */
  @Test
  void messagesThatComeBackBeforeTheirAnswersHoldUpNothing() throws Exception {
    driver = Browser.start(folder.resolve("profile"));
    page()
        .executeCdpCommand(
            "Page.addScriptToEvaluateOnNewDocument", Map.of("source", ANSWERS_COME_LATE));
    int port = startServer(0);
    page().get("http://localhost:" + port + "/");
    page().findElement(By.id("start")).click();
    awaitStatus("online", ALICE_PHONE, ALICE_LAPTOP, BOB_PHONE);
    openChat(ALICE_PHONE, "bob");

    burst(ALICE_PHONE);
    burst(ALICE_PHONE);

    await()
        .atMost(PATIENCE)
        .until(() -> count(ALICE_PHONE, ".message.own[data-seq=\"" + EACH + "\"]") == 1);
    assertThat(pending(ALICE_PHONE)).isZero();
    assertThat(textsOf(shownOn(ALICE_PHONE), true)).isEqualTo(expectedTexts());
    assertThat(severe(Browser.console(page()))).isEmpty();
  }

  // ---- what a person does ----------------------------------------------------------------------

  private void openChat(int card, String user) {
    card(card, ".begin input[name=user]").sendKeys(user, Keys.ENTER);
    card(card, ".chat");
  }

  /** Sends as many messages as a click gives. */
  private void burst(int card) {
    card(card, ".composer button.quiet").click();
  }

  // ---- what a person sees ----------------------------------------------------------------------

  private WebElement card(int index, String part) {
    return await()
        .atMost(PATIENCE)
        .until(
            () ->
                page()
                    .findElements(By.cssSelector(".card"))
                    .get(index)
                    .findElements(By.cssSelector(part))
                    .stream()
                    .findFirst()
                    .orElse(null),
            Objects::nonNull);
  }

  private void awaitStatus(String status, int... cards) {
    for (int card : cards) {
      await("card " + card + " to be " + status)
          .atMost(PATIENCE)
          .until(
              () -> inCard(card, "return arguments[0]?.dataset.status"),
              found -> status.equals(found));
    }
  }

  private long accepted(int card) {
    return count(card, ".message.own[data-seq]");
  }

  private long pending(int card) {
    return count(card, ".message.pending");
  }

  private long count(int card, String selector) {
    return ((Number)
            Objects.requireNonNull(
                inCard(card, "return arguments[0].querySelectorAll('" + selector + "').length")))
        .longValue();
  }

  /** All messages of the open conversation; scrolls up until the first one is there. */
  private List<Shown> shownOn(int card) {
    await("card " + card + " to show its first message")
        .atMost(PATIENCE)
        .until(
            () ->
                inCard(
                    card,
                    "const log = arguments[0].querySelector('.log'); log.scrollTop = 0;"
                        + "return log.querySelector('[data-seq=\"1\"]') !== null"),
            Boolean.TRUE::equals);
    List<Shown> shown = new ArrayList<>();
    List<?> rows =
        (List<?>)
            Objects.requireNonNull(
                inCard(
                    card,
                    "return [...arguments[0].querySelectorAll('.log .message')].map((row) =>"
                        + " [Number(row.dataset.seq), row.classList.contains('own'),"
                        + " row.querySelector('.text').textContent])"));
    for (Object row : rows) {
      List<?> cells = (List<?>) row;
      shown.add(
          new Shown(
              ((Number) cells.get(0)).longValue(), (Boolean) cells.get(1), (String) cells.get(2)));
    }
    return shown;
  }

  private @Nullable Object inCard(int card, String script) {
    return page()
        .executeScript(
            script.replace("arguments[0]", "document.querySelectorAll('.card')[" + card + "]"));
  }

  private static List<String> textsOf(List<Shown> shown, boolean own) {
    return shown.stream().filter(each -> each.own == own).map(Shown::text).toList();
  }

  private static List<String> expectedTexts() {
    return IntStream.rangeClosed(1, EACH).mapToObj(i -> "Message " + i).toList();
  }

  // ---- the console -----------------------------------------------------------------------------

  private static List<String> severe(List<LogEntry> entries) {
    List<String> lines = new ArrayList<>();
    for (LogEntry each : entries) {
      if (each.getLevel().intValue() >= java.util.logging.Level.WARNING.intValue()) {
        lines.add(each.getMessage());
      }
    }
    return lines;
  }

  /** The one error that no page can avoid: a socket to a server that is not there. */
  private static boolean isFailedConnect(String line, int port) {
    return line.contains("WebSocket connection to 'ws://localhost:" + port + "/socket' failed");
  }

  // ---- helpers ---------------------------------------------------------------------------------

  private int startServer(int port) throws Exception {
    Path output = Files.createTempFile(folder, "server", ".log");
    ServerProcess started = ServerProcess.start(port, folder.resolve("data"), output);
    running = started;
    return started.port();
  }

  private ServerProcess server() {
    return Objects.requireNonNull(running);
  }

  private ChromeDriver page() {
    return Objects.requireNonNull(driver);
  }
}
