package dev.restante.testredis;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * An address of its own in front of a server, of whatever kind. It may swallow what the server
 * answers, hold back everything for a while, cut all connections, and lead to another server from
 * then on. Safe for use by many threads.
 */
public final class Proxy implements AutoCloseable {
  private final ServerSocket door;
  private volatile int target;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private volatile boolean mute;
  private volatile boolean halted;

  /**
   * @param target the port on this machine that connections lead to
   */
  public Proxy(int target) {
    this.target = target;
    try {
      door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    threads.execute(this::accept);
  }

  /** Where it is, as Lettuce and {@code RedisStorage} want it. */
  public String uri() {
    return "redis://127.0.0.1:" + door.getLocalPort();
  }

  /** From now on answers are lost, or not any more. */
  public void mute(boolean on) {
    mute = on;
  }

  /**
   * From now on nothing gets through in either direction, and neither side is told; once this is
   * over, everything that was sent meanwhile arrives, however late. New connections are taken and
   * hear nothing.
   */
  public void halt(boolean on) {
    synchronized (door) {
      halted = on;
      door.notifyAll();
    }
  }

  /** The port that it listens on. */
  public int port() {
    return door.getLocalPort();
  }

  /** Leads new connections to another port, as a moved address does, and breaks the others. */
  public void leadTo(int port) {
    target = port;
    cut();
  }

  /** Breaks all connections there are. */
  public void cut() {
    sockets.forEach(Proxy::close);
    sockets.clear();
  }

  private void accept() {
    while (!door.isClosed()) {
      try {
        connect(door.accept());
      } catch (IOException e) {
        // The door was closed, or this client is gone already.
      }
    }
  }

  private void connect(Socket client) throws IOException {
    Socket server;
    try {
      server = new Socket(InetAddress.getLoopbackAddress(), target);
    } catch (IOException e) {
      // Nobody is behind the door: the client sees a connection that ends.
      client.close();
      return;
    }
    sockets.add(client);
    sockets.add(server);
    if (server.getPort() != target || door.isClosed()) {
      // It came too late for the cut that it should have seen.
      client.close();
      server.close();
      return;
    }
    threads.execute(() -> pump(client, server, false));
    threads.execute(() -> pump(server, client, true));
  }

  private void pump(Socket from, Socket to, boolean answers) {
    byte[] buffer = new byte[8192];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        awaitPassage();
        if (!answers || !mute) {
          out.write(buffer, 0, count);
        }
      }
      awaitPassage();
    } catch (IOException e) {
      // One end is gone, and the other goes with it.
    }
  }

  /** The end of a connection does not get through either. */
  private void awaitPassage() throws IOException {
    synchronized (door) {
      while (halted) {
        try {
          door.wait();
        } catch (InterruptedException e) {
          throw new InterruptedIOException();
        }
      }
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
  public void close() {
    try {
      door.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    cut();
    threads.shutdownNow();
  }
}
