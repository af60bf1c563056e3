package dev.restante.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/**
 * Measures time, allocation and processor time from {@link #start} on. Allocation is that of the
 * threads that live at the end: all variants keep theirs.
 */
final class Meter {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final OperatingSystemMXBean PROCESS =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private static final List<ProcessHandle> SERVERS = new CopyOnWriteArrayList<>();
  private static final Map<Long, Long> SERVER_CPU = new ConcurrentHashMap<>();

  private final Map<Long, Long> allocatedBefore = allocatedBytes();
  private final long cpuBefore = PROCESS.getProcessCpuTime();
  private final long serverCpuBefore = serverCpuNanos();
  private final long startNanos = System.nanoTime();

  private Meter() {}

  /** Counts a process and its descendants as the database server from now on. */
  static void server(ProcessHandle process) {
    SERVERS.add(process);
  }

  static Meter start() {
    return new Meter();
  }

  Round stop(long operations) {
    long nanos = System.nanoTime() - startNanos;
    return new Round(
        operations,
        nanos,
        allocatedSince(),
        PROCESS.getProcessCpuTime() - cpuBefore,
        serverCpuNanos() - serverCpuBefore);
  }

  /** A process that has ended keeps counting with what it was last seen with. */
  private static long serverCpuNanos() {
    SERVERS.stream()
        .flatMap(server -> Stream.concat(Stream.of(server), server.descendants()))
        .forEach(
            each ->
                SERVER_CPU.merge(
                    each.pid(),
                    each.info().totalCpuDuration().orElse(Duration.ZERO).toNanos(),
                    Math::max));
    return SERVER_CPU.values().stream().mapToLong(Long::longValue).sum();
  }

  private long allocatedSince() {
    return allocatedBytes().entrySet().stream()
        .mapToLong(each -> each.getValue() - allocatedBefore.getOrDefault(each.getKey(), 0L))
        .sum();
  }

  /** By thread: one that ends in between takes its count with it, that from before, too. */
  private static Map<Long, Long> allocatedBytes() {
    long[] threads = THREADS.getAllThreadIds();
    long[] bytes = THREADS.getThreadAllocatedBytes(threads);
    Map<Long, Long> byThread = new HashMap<>();
    for (int i = 0; i < threads.length; i++) {
      byThread.put(threads[i], Math.max(0, bytes[i]));
    }
    return byThread;
  }
}
