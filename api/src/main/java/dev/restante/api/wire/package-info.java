/** A versioned, tolerant encoding of the vocabulary for transports and stores. */
@NullMarked
package dev.restante.api.wire;

import org.jspecify.annotations.NullMarked;
