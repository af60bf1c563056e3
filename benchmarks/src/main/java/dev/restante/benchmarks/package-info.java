/** The load harness: the library and what is written by hand, interleaved in one run. */
@NullMarked
package dev.restante.benchmarks;

import org.jspecify.annotations.NullMarked;
