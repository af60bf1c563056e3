package dev.restante.benchmarks;

/**
 * What one round of one variant came to.
 *
 * @param operations messages written, or entries delivered
 * @param nanos how long it took
 * @param allocatedBytes what all threads of this process allocated meanwhile
 * @param cpuNanos processor time of this process meanwhile, without that of a database server
 * @param serverCpuNanos processor time of the database server meanwhile; 0 if there is none
 */
record Round(long operations, long nanos, long allocatedBytes, long cpuNanos, long serverCpuNanos) {
  double perSecond() {
    return operations * 1e9 / nanos;
  }

  double allocatedBytesPerOperation() {
    return (double) allocatedBytes / operations;
  }

  double serverCpuMicrosPerOperation() {
    return serverCpuNanos / 1e3 / operations;
  }

  double allCpuMicrosPerOperation() {
    return cpuMicrosPerOperation() + serverCpuMicrosPerOperation();
  }

  double cpuMicrosPerOperation() {
    return cpuNanos / 1e3 / operations;
  }
}
