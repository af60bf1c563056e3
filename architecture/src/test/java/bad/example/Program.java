package bad.example;

import bad.benchmarks.Load;
import bad.internal.Engine;
import bad.simulator.Story;

/** A program that looks into an inner room, and uses what is not for programs. */
public final class Program {
  public Object engine() {
    return new Engine();
  }

  public Object story() {
    return new Story();
  }

  public Object load() {
    return new Load();
  }
}
