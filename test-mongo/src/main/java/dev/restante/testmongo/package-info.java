/** A server that speaks MongoDB's protocol, for tests and benchmarks, which may make it fail. */
@NullMarked
package dev.restante.testmongo;

import org.jspecify.annotations.NullMarked;
