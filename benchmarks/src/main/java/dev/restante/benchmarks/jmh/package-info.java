/** Microbenchmarks. */
@NullMarked
package dev.restante.benchmarks.jmh;

import org.jspecify.annotations.NullMarked;
