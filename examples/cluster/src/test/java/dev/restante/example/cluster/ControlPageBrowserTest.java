package dev.restante.example.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.restante.testbrowser.Browser;
import java.nio.file.Path;
import java.util.List;
import java.util.logging.Level;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;

/** The page about the nodes in a real browser: what it shows, and what its buttons do. */
@Tag("browser")
@Timeout(240)
class ControlPageBrowserTest {
  private static final List<String> NODES = List.of("node-1", "node-2", "node-3");

  /** A browser may still write into its profile when it has been told to go. */
  @TempDir(cleanup = CleanupMode.NEVER)
  Path folder;

  @Test
  void showsWhoIsWhereAndHurtsAndHealsNodes() throws Exception {
    ChromeDriver browser = Browser.start(folder.resolve("profile"));
    try (Phone phone = new Phone(Running.cluster().port(), "eve")) {
      Running.awaitAllLive();
      browser.get("http://localhost:" + Running.cluster().controlPort() + "/");
      NODES.forEach(node -> awaitState(browser, node, "up"));
      assertThat(browser.findElement(By.id("chat")).getDomProperty("href"))
          .isEqualTo("http://localhost:" + Running.cluster().port() + "/");

      String serving =
          await("the phone on the page")
              .atMost(Running.PATIENCE)
              .until(() -> nodeThatShows(browser, "eve · phone"), node -> !node.isEmpty());
      press(browser, serving, "kill");
      awaitState(browser, serving, "killed");
      String other =
          await("the phone on another node")
              .atMost(Running.PATIENCE)
              .until(
                  () -> nodeThatShows(browser, "eve · phone"),
                  // the page may show for a moment what the node said before it was killed
                  node -> !node.isEmpty() && !node.equals(serving));

      press(browser, other, "pause");
      awaitState(browser, other, "paused");
      press(browser, other, "go-on");
      awaitState(browser, other, "up");
      press(browser, serving, "start");
      awaitState(browser, serving, "up");
      assertThat(Browser.console(browser)).noneMatch(line -> line.getLevel().equals(Level.SEVERE));
    } finally {
      browser.quit();
      Running.heal();
    }
  }

  private static WebElement cell(ChromeDriver browser, String node, String what) {
    return browser.findElement(By.cssSelector("#" + node + " ." + what));
  }

  private static void awaitState(ChromeDriver browser, String node, String state) {
    await(node + " to be " + state)
        .atMost(Running.PATIENCE)
        .ignoreExceptions()
        .until(() -> cell(browser, node, "state").getText().equals(state));
  }

  private static String nodeThatShows(ChromeDriver browser, String device) {
    return NODES.stream()
        .filter(node -> cell(browser, node, "devices").getText().contains(device))
        .findFirst()
        .orElse("");
  }

  private static void press(ChromeDriver browser, String node, String button) {
    await(button + " of " + node)
        .atMost(Running.PATIENCE)
        .until(() -> cell(browser, node, button).isEnabled());
    cell(browser, node, button).click();
  }
}
