/** Devices, their sessions, and what a session brings them. */
@NullMarked
package dev.restante.api.sync;

import org.jspecify.annotations.NullMarked;
