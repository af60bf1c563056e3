package dev.restante.crash;

import dev.restante.testredis.Proxy;
import java.util.ArrayList;
import java.util.List;

/** The store in a storm, with a way of its own for each node. */
interface StormPlace extends AutoCloseable {
  /** Where the store is for everybody to whom nothing happens. */
  String url();

  /** Where the store is for a node. */
  String url(int node);

  /** Breaks the connections of a node. */
  void cut(int node);

  /** Lets nothing through between a node and the store, or a part of it; or all of it again. */
  void halt(int node, boolean on);

  /** Kills it, or a part of it. */
  void kill();

  /** What was killed is back, and as before. */
  void startAgain();

  @Override
  void close();

  /** One server, behind a proxy for each node. */
  static StormPlace of(Database server) {
    int port = Integer.parseInt(server.url().replaceFirst(".*//[^/:]+:(\\d+).*", "$1"));
    List<Proxy> ways = new ArrayList<>();
    for (int i = 0; i < StormPlan.NODES; i++) {
      ways.add(new Proxy(port));
    }
    return new StormPlace() {
      @Override
      public String url() {
        return server.url();
      }

      @Override
      public String url(int node) {
        return server.url().replaceFirst("//[^/]+", "//127.0.0.1:" + ways.get(node).port());
      }

      @Override
      public void cut(int node) {
        ways.get(node).cut();
      }

      @Override
      public void halt(int node, boolean on) {
        ways.get(node).halt(on);
      }

      @Override
      public void kill() {
        server.kill();
      }

      @Override
      public void startAgain() {
        server.startAgain();
      }

      @Override
      public void close() {
        ways.forEach(Proxy::close);
        server.close();
      }
    };
  }
}
