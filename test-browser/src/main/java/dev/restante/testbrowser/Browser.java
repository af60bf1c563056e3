package dev.restante.testbrowser;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.logging.Level;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** Headless Chromium. */
public final class Browser {
  private static final List<Path> BINARIES =
      List.of(Path.of("/usr/bin/chromium"), Path.of("/usr/bin/chromium-browser"));
  private static final Path DRIVER = Path.of("/usr/bin/chromedriver");

  private Browser() {}

  /**
   * Starts one with a fresh profile. Where there is none the test is skipped, or fails if {@code
   * -Drestante.browser=required} is given.
   */
  public static ChromeDriver start(Path profile) {
    Path binary = BINARIES.stream().filter(Files::isExecutable).findFirst().orElse(null);
    if (binary == null || !Files.isExecutable(DRIVER)) {
      String missing = "no browser: wanted one of " + BINARIES + " and " + DRIVER;
      if ("required".equals(System.getProperty("restante.browser"))) {
        throw new AssertionError(missing);
      }
      assumeTrue(false, missing);
    }
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    ChromeOptions options = new ChromeOptions();
    options.setBinary(String.valueOf(binary));
    options.setCapability("goog:loggingPrefs", logs);
    options.addArguments(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--window-size=1280,900",
        "--user-data-dir=" + profile);
    System.setProperty("webdriver.chrome.driver", DRIVER.toString());
    return new ChromeDriver(options);
  }

  /** What the console got since the last call. */
  public static List<LogEntry> console(ChromeDriver browser) {
    return browser.manage().logs().get(LogType.BROWSER).getAll();
  }
}
