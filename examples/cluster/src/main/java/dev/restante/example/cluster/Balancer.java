package dev.restante.example.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Leads each connection to a node that answers, one after the other, and cuts those to a node that
 * does not answer any more, so that its devices come again. It knows nothing of what it carries:
 * any node serves any device, so any balancer will do.
 */
final class Balancer implements AutoCloseable {
  private static final int CONNECT_MILLIS = 1_000;

  private final List<Node> nodes;
  private final ServerSocket door;
  private final Set<Relay> relays = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "cluster-balancer");
            thread.setDaemon(true);
            return thread;
          });
  private int next;

  /** A device's connection and the node's. */
  private record Relay(Node node, Socket client, Socket server) {
    void cut() {
      close(client);
      close(server);
    }
  }

  /**
   * Begins to listen.
   *
   * @throws IOException if the port is taken
   */
  Balancer(int port, List<Node> nodes) throws IOException {
    this.nodes = nodes;
    this.door = new ServerSocket();
    door.setReuseAddress(true);
    door.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    threads.execute(this::accept);
  }

  int port() {
    return door.getLocalPort();
  }

  /** Ends the connections to a node. */
  void cut(Node node) {
    relays.stream().filter(each -> each.node == node).forEach(Relay::cut);
  }

  private void accept() {
    while (!door.isClosed()) {
      try {
        Socket client = door.accept();
        threads.execute(() -> relay(client));
      } catch (IOException e) {
        // the door was closed, or this client is gone already
      }
    }
  }

  private void relay(Socket client) {
    for (int i = 0; i < nodes.size(); i++) {
      Node node = next();
      int port = node.process().port();
      if (node.live() && port != 0 && relay(client, node, port)) {
        return;
      }
    }
    close(client);
  }

  private synchronized Node next() {
    next = (next + 1) % nodes.size();
    return nodes.get(next);
  }

  /** Whether the node could be reached. */
  private boolean relay(Socket client, Node node, int port) {
    Socket server = new Socket();
    try {
      server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
      server.setTcpNoDelay(true);
      client.setTcpNoDelay(true);
    } catch (IOException e) {
      close(server);
      return false;
    }
    Relay relay = new Relay(node, client, server);
    relays.add(relay);
    if (!node.live() || door.isClosed()) {
      // It came too late for the cut that it should have seen.
      relay.cut();
    }
    threads.execute(() -> pump(relay, client, server));
    threads.execute(() -> pump(relay, server, client));
    return true;
  }

  private void pump(Relay relay, Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException e) {
      // one end is gone, and the other goes with it
    } finally {
      relay.cut();
      relays.remove(relay);
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    door.close();
    relays.forEach(Relay::cut);
    threads.shutdownNow();
  }
}
