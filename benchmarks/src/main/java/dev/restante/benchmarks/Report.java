package dev.restante.benchmarks;

import java.nio.file.Path;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** Gathers what is said at the end, beside the comparison itself. */
final class Report implements Comparison.Observer {
  private static final long LONGEST_MICROS = 600_000_000;

  private final LoadOptions options;
  private final Variant library;
  private final Latencies source;
  private final Histogram latencies = new Histogram(LONGEST_MICROS, 3);
  private final @Nullable Profile profile;

  /** The latencies of the round just run. */
  @FunctionalInterface
  interface Latencies {
    Histogram take();
  }

  Report(LoadOptions options, Variant library, Latencies source) throws Exception {
    this.options = options;
    this.library = library;
    this.source = source;
    profile = options.profile == null ? null : new Profile(options.profile);
  }

  @Override
  public void before(Variant variant) throws Exception {
    if (profile != null && variant.equals(library)) {
      profile.resume();
    }
  }

  @Override
  public void after(Variant variant, Round round) {
    if (!variant.equals(library)) {
      return;
    }
    if (profile != null) {
      profile.pause();
    }
    latencies.add(source.take());
  }

  /** The line of a comparison of the library with the library, in another way. */
  JsonLine line(Comparison comparison, Variant alone, String prefix) throws Exception {
    return begin()
        .number("throughput_per_s", "%.0f", comparison.median(library, Round::perSecond))
        .number(prefix + "_per_s", "%.0f", comparison.median(alone, Round::perSecond))
        .number("ratio", "%.3f", comparison.medianRatio(library, alone))
        .number("p50_us", "%d", latencies.getValueAtPercentile(50))
        .number("p99_us", "%d", latencies.getValueAtPercentile(99))
        .number("cpu_us_per_op", "%.2f", comparison.median(library, Round::cpuMicrosPerOperation))
        .number(
            prefix + "_cpu_us_per_op",
            "%.2f",
            comparison.median(alone, Round::cpuMicrosPerOperation))
        .number(
            "server_cpu_us_per_op",
            "%.2f",
            comparison.median(library, Round::serverCpuMicrosPerOperation))
        .number(
            prefix + "_server_cpu_us_per_op",
            "%.2f",
            comparison.median(alone, Round::serverCpuMicrosPerOperation))
        .number(
            "cpu_ratio",
            "%.3f",
            comparison.median(alone, Round::allCpuMicrosPerOperation)
                / comparison.median(library, Round::allCpuMicrosPerOperation))
        .number("rounds", "%d", options.rounds)
        .number("round_seconds", "%.1f", options.roundSeconds());
  }

  JsonLine line(Comparison comparison, Variant raw, Variant rawLog) throws Exception {
    return begin()
        .number("throughput_per_s", "%.0f", comparison.median(library, Round::perSecond))
        .number("raw_per_s", "%.0f", comparison.median(raw, Round::perSecond))
        .number("ratio", "%.3f", comparison.medianRatio(library, raw))
        .number("raw_log_per_s", "%.0f", comparison.median(rawLog, Round::perSecond))
        .number("ratio_log", "%.3f", comparison.medianRatio(library, rawLog))
        .number("p50_us", "%d", latencies.getValueAtPercentile(50))
        .number("p99_us", "%d", latencies.getValueAtPercentile(99))
        .number(
            "alloc_bytes_per_op",
            "%.0f",
            comparison.median(library, Round::allocatedBytesPerOperation))
        .number("cpu_us_per_op", "%.2f", comparison.median(library, Round::cpuMicrosPerOperation))
        .number("raw_cpu_us_per_op", "%.2f", comparison.median(raw, Round::cpuMicrosPerOperation))
        .number(
            "server_cpu_us_per_op",
            "%.2f",
            comparison.median(library, Round::serverCpuMicrosPerOperation))
        .number(
            "raw_server_cpu_us_per_op",
            "%.2f",
            comparison.median(raw, Round::serverCpuMicrosPerOperation))
        .number(
            "cpu_ratio",
            "%.3f",
            comparison.median(raw, Round::allCpuMicrosPerOperation)
                / comparison.median(library, Round::allCpuMicrosPerOperation))
        .number("rounds", "%d", options.rounds)
        .number("round_seconds", "%.1f", options.roundSeconds());
  }

  private JsonLine begin() throws Exception {
    if (profile != null) {
      Path graph =
          options
              .dir
              .toAbsolutePath()
              .resolve(
                  "profile-%s-%s-%s.html"
                      .formatted(
                          options.store().text(), options.scenario().text(), options.profile));
      profile.report(graph, System.err);
    }
    return new JsonLine()
        .text("store", options.store().text())
        .text("scenario", options.scenario().text());
  }
}
