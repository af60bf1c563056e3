package dev.restante.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import one.profiler.AsyncProfiler;
import one.profiler.AsyncProfilerLoader;
import one.profiler.Counter;

/** Profiles the rounds of the library, and nothing else, with async-profiler. */
final class Profile {
  private static final int TOP = 30;

  private final AsyncProfiler profiler;
  private final String event;
  private boolean begun;

  /**
   * @param kind cpu or alloc
   */
  Profile(String kind) throws IOException {
    profiler = AsyncProfilerLoader.load();
    // Perf events may be out of bounds in a container; a timer of the kernel never is.
    event =
        kind.equals("cpu")
            ? "event=ctimer,interval=1ms,threads"
            : "event=alloc,interval=64k,threads";
  }

  void resume() throws IOException {
    profiler.execute((begun ? "resume," : "start,") + event);
    begun = true;
  }

  void pause() {
    profiler.stop();
  }

  /** Writes a flame graph, and prints the top of the list. */
  void report(Path flameGraph, PrintStream out) throws IOException {
    String collapsed = profiler.dumpCollapsed(Counter.SAMPLES);
    profiler.execute("dump,flamegraph,threads,file=" + flameGraph);
    Map<String, Long> self = new HashMap<>();
    Map<String, Long> inclusive = new HashMap<>();
    Map<String, Long> threads = new HashMap<>();
    long total = 0;
    for (String line : collapsed.lines().toList()) {
      int space = line.lastIndexOf(' ');
      long count = Long.parseLong(line.substring(space + 1));
      String[] frames = line.substring(0, space).split(";", -1);
      total += count;
      threads.merge(frames[0].replaceAll("[0-9]+", "N"), count, Long::sum);
      self.merge(frames[frames.length - 1], count, Long::sum);
      Set<String> ours = new HashSet<>();
      for (String frame : frames) {
        if (frame.startsWith("dev/restante/")) {
          ours.add(frame);
        }
      }
      ours.forEach(frame -> inclusive.merge(frame, count, Long::sum));
    }
    print(out, "threads", threads, total);
    print(out, "methods by themselves", self, total);
    print(out, "methods of dev.restante with all they call", inclusive, total);
    out.println("flame graph: " + flameGraph);
  }

  private static void print(PrintStream out, String title, Map<String, Long> counts, long total) {
    out.println("--- " + title + ", share of " + total + " samples");
    counts.entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder()))
        .limit(TOP)
        .forEach(
            entry ->
                out.printf(
                    Locale.ROOT,
                    "%6.2f %%  %s%n",
                    100.0 * entry.getValue() / total,
                    entry.getKey()));
  }
}
