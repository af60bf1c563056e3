package bad.benchmarks;

import bad.example.Program;

/** A benchmark that needs an example, and is open to whoever extends what bears its mark. */
@State
public class Load {
  public Object program() {
    return new Program();
  }
}
