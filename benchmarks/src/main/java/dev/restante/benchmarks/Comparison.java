package dev.restante.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Runs variants in turns, so that whatever else this machine does falls on all of them alike. Each
 * has a round that does not count, then the order rotates from round to round. Ratios are taken
 * within a round; their median is what is reported.
 */
final class Comparison {
  /** Is told of the rounds that count. */
  interface Observer {
    void before(Variant variant) throws Exception;

    void after(Variant variant, Round round) throws Exception;
  }

  private final List<Variant> variants;
  private final List<List<Round>> results = new ArrayList<>();
  private final Progress progress;

  Comparison(List<Variant> variants, Progress progress) {
    this.variants = variants;
    this.progress = progress;
    variants.forEach(variant -> results.add(new ArrayList<>()));
  }

  void run(double warmUp, int rounds, double seconds, Observer observer) throws Exception {
    for (Variant variant : variants) {
      say("warm-up", variant, round(variant, warmUp, null));
    }
    for (int round = 0; round < rounds; round++) {
      for (int turn = 0; turn < variants.size(); turn++) {
        int index = (round + turn) % variants.size();
        Variant variant = variants.get(index);
        Round result = round(variant, seconds, observer);
        results.get(index).add(result);
        say("round " + (round + 1), variant, result);
      }
    }
  }

  private static Round round(Variant variant, double seconds, @Nullable Observer observer)
      throws Exception {
    variant.prepare(seconds);
    try {
      if (observer != null) {
        observer.before(variant);
      }
      Round round = variant.run(seconds);
      if (observer != null) {
        observer.after(variant, round);
      }
      return round;
    } finally {
      variant.finish();
    }
  }

  private void say(String when, Variant variant, Round round) {
    progress.say(
        "%-8s %-14s %,11.0f/s   %6.2f + %5.2f us cpu each   (%,d in %.2f s)",
        when,
        variant.name(),
        round.perSecond(),
        round.cpuMicrosPerOperation(),
        round.serverCpuMicrosPerOperation(),
        round.operations(),
        round.nanos() / 1e9);
  }

  double median(Variant variant, ToDoubleFunction<Round> value) {
    return median(
        results.get(variants.indexOf(variant)).stream().mapToDouble(value).sorted().toArray());
  }

  double medianRatio(Variant one, Variant other) {
    List<Round> above = results.get(variants.indexOf(one));
    List<Round> below = results.get(variants.indexOf(other));
    double[] ratios = new double[above.size()];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = above.get(i).perSecond() / below.get(i).perSecond();
    }
    java.util.Arrays.sort(ratios);
    return median(ratios);
  }

  private static double median(double[] sorted) {
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
