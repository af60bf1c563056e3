/** The vocabulary: who, where, what was said, and how a request ended. */
@NullMarked
package dev.restante.api;

import org.jspecify.annotations.NullMarked;
