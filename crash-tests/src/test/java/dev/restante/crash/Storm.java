package dev.restante.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.api.DeviceId;
import dev.restante.crash.Journal.Kind;
import dev.restante.crash.StormPlan.Fault;
import dev.restante.crash.StormPlan.Turn;
import dev.restante.testredis.Proxy;
import dev.restante.testredis.RedisProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Three nodes on one store and one bus, each with ways of its own to both, while a plan is carried
 * out on them. Each node has two of the devices; those of one user are on different nodes. Closes
 * the store.
 */
final class Storm implements AutoCloseable {
  private static final int MOST_FURTHER_KILLS = 30;

  private final StormPlace store;
  private final RedisProcess bus = RedisProcess.start(List.of("--save", ""));
  private final StormPlan plan;
  private final List<Node> nodes = new ArrayList<>();

  /** One node with its ways. */
  private final class Node {
    final int number;
    final Path journal;
    final Proxy wayToBus = new Proxy(bus.port());
    private int incarnation;
    private Child child;

    Node(int number, Path journal) {
      this.number = number;
      this.journal = journal;
      this.child = start();
    }

    Child child() {
      return child;
    }

    private Child start() {
      long seed = plan.seed() + 1000L * number + incarnation++;
      return Child.start(store.url(number), wayToBus.uri(), journal, seed, devices());
    }

    private List<DeviceId> devices() {
      List<DeviceId> all = World.DEVICES;
      return List.of(all.get(number), all.get(3 + (number + 2) % 3));
    }

    void startAgain() {
      child = start();
    }
  }

  Storm(StormPlace store, Path folder, StormPlan plan) {
    this.store = store;
    this.plan = plan;
    CrashRun.prepare(store.url());
    for (int i = 0; i < StormPlan.NODES; i++) {
      nodes.add(new Node(i, folder.resolve("node" + i)));
    }
  }

  /** Carries the plan out, then lets the nodes finish in peace. */
  Evidence carryOut() throws InterruptedException {
    nodes.forEach(node -> node.child().awaitNew(Kind.UP));
    long began = System.nanoTime();
    for (Turn turn : plan.turns()) {
      long early = turn.atMillis() - (System.nanoTime() - began) / 1_000_000;
      if (early > 0) {
        Thread.sleep(early);
      }
      if (turn.begins()) {
        begin(turn.fault());
      } else {
        end(turn.fault());
      }
    }
    for (int i = 0; i < MOST_FURTHER_KILLS && !hasShownAll(); i++) {
      killInSubmit(nodes.get(i % nodes.size()));
    }
    nodes.forEach(node -> CrashRun.touch(ChildNode.stopFile(node.journal)));
    nodes.forEach(node -> node.child().awaitNew(Kind.DRAINED));
    nodes.forEach(node -> CrashRun.touch(ChildNode.finishFile(node.journal)));
    nodes.forEach(
        node -> assertThat(node.child().awaitEnd()).as("how node %d ended", node.number).isZero());
    Evidence evidence = new Evidence(CrashRun.logs(store.url()));
    nodes.forEach(node -> evidence.add(Journal.read(node.journal)));
    nodes.forEach(node -> assertThat(CrashRun.errors(node.journal)).isEmpty());
    return evidence;
  }

  /** Where a machine is slow just now nodes may have died with nothing under way. */
  private boolean hasShownAll() {
    Evidence soFar = Evidence.soFar(nodes.stream().map(node -> node.journal).toList());
    return soFar.counter("conflicts") > 0
        && soFar.tally().killedWithSubmitsInFlight > 0
        && soFar.tally().redelivered > 0;
  }

  private static void killInSubmit(Node node) {
    node.child().skip();
    node.child().awaitNew(Kind.INTENT);
    node.child().kill();
    node.startAgain();
    node.child().awaitNew(Kind.UP);
  }

  private void begin(Fault fault) {
    Node node = nodes.get(fault.node());
    switch (fault.kind()) {
      case NODE_KILLED -> {
        node.child().assertAlive();
        node.child().kill();
      }
      case NODE_HALTED -> node.child().halt();
      case STORE_CUT -> store.cut(node.number);
      case STORE_HALTED -> store.halt(node.number, true);
      case STORE_KILLED -> store.kill();
      case BUS_CUT -> node.wayToBus.cut();
      case BUS_HALTED -> node.wayToBus.halt(true);
      case BUS_KILLED -> bus.kill();
    }
  }

  private void end(Fault fault) {
    Node node = nodes.get(fault.node());
    switch (fault.kind()) {
      case NODE_KILLED -> node.startAgain();
      case NODE_HALTED -> {
        node.child().goOn();
        node.child().assertAlive();
      }
      case STORE_HALTED -> store.halt(node.number, false);
      case STORE_KILLED -> store.startAgain();
      case BUS_HALTED -> node.wayToBus.halt(false);
      case BUS_KILLED -> bus.start();
      case STORE_CUT, BUS_CUT -> {}
    }
  }

  @Override
  public void close() {
    Child.killAll();
    for (Node node : nodes) {
      node.wayToBus.close();
    }
    bus.close();
    store.close();
  }
}
