/** A store on an engine of one's own choice: the code that the guide walks through. */
@NullMarked
package dev.restante.example.berkeley;

import org.jspecify.annotations.NullMarked;
