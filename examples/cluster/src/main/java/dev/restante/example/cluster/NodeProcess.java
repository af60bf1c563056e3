package dev.restante.example.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A node's process: started, killed, made to stand still. Safe for use by many threads. */
final class NodeProcess implements AutoCloseable {
  private static final Pattern READY =
      Pattern.compile("Restante chat is running on http://localhost:(\\d+)  .*");
  private static final long STOPPING_SECONDS = 10;

  /** What the process does. */
  enum State {
    STARTING,
    UP,
    PAUSED,
    KILLED
  }

  private final String name;
  private final List<String> command;
  private @Nullable Process process;
  private int port;
  private boolean paused;

  /** Makes one that is not started yet. */
  NodeProcess(String name, Path data, Servers servers) {
    this.name = name;
    this.command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            // It starts in half the time, and three of them share a laptop.
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Drestante.port=0",
            "-Drestante.data=" + data,
            "-D" + ClusterNode.POSTGRES + "=" + servers.postgresUrl(),
            "-D" + ClusterNode.REDIS + "=" + servers.redisUri(),
            "-cp",
            System.getProperty("java.class.path"),
            ClusterNode.class.getName());
  }

  String name() {
    return name;
  }

  synchronized State state() {
    if (process == null || !process.isAlive()) {
      return State.KILLED;
    }
    if (paused) {
      return State.PAUSED;
    }
    return port == 0 ? State.STARTING : State.UP;
  }

  /** Where it listens; 0 if it does not. */
  synchronized int port() {
    return process != null && process.isAlive() ? port : 0;
  }

  /** Starts it, unless it runs. */
  synchronized void start() throws IOException {
    if (process != null && process.isAlive()) {
      return;
    }
    port = 0;
    paused = false;
    Process started = new ProcessBuilder(command).redirectErrorStream(true).start();
    process = started;
    Thread reader = new Thread(() -> listen(started), "cluster-" + name);
    reader.setDaemon(true);
    reader.start();
  }

  private void listen(Process started) {
    try (BufferedReader lines = started.inputReader(UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Matcher ready = READY.matcher(line);
        if (ready.matches()) {
          ready(started, Integer.parseInt(ready.group(1)));
        } else {
          System.out.println("[" + name + "] " + line);
        }
      }
    } catch (IOException e) {
      // it was killed
    }
  }

  private synchronized void ready(Process started, int where) {
    if (started == process) {
      port = where;
    }
  }

  /** SIGKILL: it gets no chance to tidy up. */
  synchronized void kill() {
    if (process != null) {
      process.destroyForcibly().onExit().join();
    }
  }

  /** SIGSTOP: it stands still, with all its connections open. */
  synchronized void pause() throws IOException {
    paused = signal("STOP") || paused;
  }

  /** SIGCONT: it goes on as if nothing had been. */
  synchronized void goOn() throws IOException {
    paused &= !signal("CONT");
  }

  private boolean signal(String signal) throws IOException {
    Process running = process;
    if (running == null || !running.isAlive()) {
      return false;
    }
    return new ProcessBuilder("kill", "-" + signal, Long.toString(running.pid()))
            .start()
            .onExit()
            .join()
            .exitValue()
        == 0;
  }

  /** Stops it in good order; one that stands still is killed. */
  @Override
  public void close() {
    Process running;
    synchronized (this) {
      running = process;
      if (running == null) {
        return;
      }
      if (paused) {
        running.destroyForcibly();
      } else {
        running.destroy();
      }
    }
    try {
      if (!running.waitFor(STOPPING_SECONDS, TimeUnit.SECONDS)) {
        running.destroyForcibly();
      }
    } catch (InterruptedException e) {
      running.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
