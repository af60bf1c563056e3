package dev.restante.benchmarks;

import java.io.PrintStream;
import java.util.Locale;

/** Tells on the error stream how far things are. */
final class Progress {
  private final PrintStream out;
  private final long began = System.nanoTime();

  Progress(PrintStream out) {
    this.out = out;
  }

  void say(String format, Object... values) {
    double seconds = (System.nanoTime() - began) / 1e9;
    out.printf(Locale.ROOT, "[%6.1f s] %s%n", seconds, String.format(Locale.ROOT, format, values));
  }
}
