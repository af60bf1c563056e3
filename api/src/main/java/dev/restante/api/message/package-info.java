/** Submitting messages and reading them back. */
@NullMarked
package dev.restante.api.message;

import org.jspecify.annotations.NullMarked;
