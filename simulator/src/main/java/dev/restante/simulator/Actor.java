package dev.restante.simulator;

import java.util.ArrayList;
import java.util.List;

/** Something that runs tasks until it dies, and can be made to stand still. */
abstract class Actor {
  private boolean dead;
  private boolean paused;
  private final List<World.Task> held = new ArrayList<>();

  final boolean dead() {
    return dead;
  }

  final boolean paused() {
    return paused;
  }

  final void die() {
    dead = true;
    held.clear();
  }

  final void pause() {
    paused = true;
  }

  /** Goes on; what was held runs now, in the order in which it would have run. */
  final void resume(World world) {
    paused = false;
    List<World.Task> waiting = List.copyOf(held);
    held.clear();
    for (int i = 0; i < waiting.size(); i++) {
      world.again(waiting.get(i), world.now() + i);
    }
  }

  final void hold(World.Task task) {
    held.add(task);
  }
}
