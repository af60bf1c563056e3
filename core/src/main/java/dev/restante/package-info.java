/** The door: build a {@link dev.restante.Restante}, hand it threads and clock, watch it. */
@NullMarked
package dev.restante;

import org.jspecify.annotations.NullMarked;
