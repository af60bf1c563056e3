package dev.restante.example.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts all of it: the servers, three nodes, the balancer, and the page about the nodes. */
public final class Cluster implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Cluster.class);
  private static final int NODES = 3;
  private static final Duration STARTING = Duration.ofMinutes(2);
  private static final long ASKING_MILLIS = 500;

  private final List<AutoCloseable> opened = new ArrayList<>();
  private final List<Node> nodes = new ArrayList<>();
  private final ScheduledExecutorService asking =
      Executors.newScheduledThreadPool(
          NODES,
          task -> {
            Thread thread = new Thread(task, "cluster-health");
            thread.setDaemon(true);
            return thread;
          });
  private final Balancer balancer;
  private final ControlPage page;

  private Cluster(Settings settings) throws IOException, InterruptedException {
    try {
      Path secrets = Files.createDirectories(settings.data().resolve("chat"));
      Servers servers = open(Servers.start(settings.data()));
      for (int i = 1; i <= NODES; i++) {
        NodeProcess process = open(new NodeProcess("node-" + i, secrets, servers));
        process.start();
        nodes.add(new Node(process));
      }
      balancer = open(new Balancer(settings.port(), nodes));
      nodes.forEach(this::ask);
      page = open(new ControlPage(settings.controlPort(), balancer.port(), nodes));
      awaitLive();
    } catch (IOException | InterruptedException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private <T extends AutoCloseable> T open(T resource) {
    opened.add(resource);
    return resource;
  }

  private void ask(Node node) {
    var unused =
        asking.scheduleWithFixedDelay(
            () -> {
              node.ask();
              if (!node.live()) {
                balancer.cut(node);
              }
            },
            0,
            ASKING_MILLIS,
            TimeUnit.MILLISECONDS);
  }

  private void awaitLive() throws IOException, InterruptedException {
    long end = System.nanoTime() + STARTING.toNanos();
    while (!nodes.stream().allMatch(Node::live)) {
      for (Node node : nodes) {
        if (node.process().state() == NodeProcess.State.KILLED) {
          throw new IOException(node.name() + " ended before it served anybody");
        }
      }
      if (System.nanoTime() - end > 0) {
        throw new IOException("the nodes did not come up within " + STARTING);
      }
      Thread.sleep(ASKING_MILLIS / 5);
    }
  }

  /** Runs the cluster until the process is told to stop. */
  public static void main(String[] arguments) throws InterruptedException {
    try {
      Settings settings = Settings.fromSystemProperties();
      Cluster cluster = start(settings);
      Runtime.getRuntime().addShutdownHook(new Thread(cluster::close, "cluster-stop"));
      System.out.printf(
          "Restante cluster: chat on http://localhost:%d, its nodes on http://localhost:%d"
              + "  (data in %s; Ctrl-C stops it)%n",
          cluster.port(), cluster.controlPort(), settings.data());
    } catch (IOException | RuntimeException e) {
      System.err.println("The cluster could not start: " + e.getMessage());
      System.exit(1);
    }
    new CountDownLatch(1).await();
  }

  /**
   * Starts a cluster, and waits until every node can serve.
   *
   * @throws IOException if the folder or a port cannot be used, or something does not start
   */
  static Cluster start(Settings settings) throws IOException, InterruptedException {
    return new Cluster(settings);
  }

  /** Where devices connect. */
  int port() {
    return balancer.port();
  }

  /** Where the page about the nodes is. */
  int controlPort() {
    return page.port();
  }

  /** Stops everything, what was started last first. */
  @Override
  public void close() {
    asking.shutdownNow();
    for (int i = opened.size() - 1; i >= 0; i--) {
      try {
        opened.get(i).close();
      } catch (Exception e) {
        LOG.error("something could not be stopped", e);
      }
    }
  }
}
