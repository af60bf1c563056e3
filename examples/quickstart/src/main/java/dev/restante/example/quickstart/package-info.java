/** The code of the README: a message that waits. */
@NullMarked
package dev.restante.example.quickstart;

import org.jspecify.annotations.NullMarked;
