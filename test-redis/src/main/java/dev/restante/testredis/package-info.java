/** Real Redis servers in processes of their own, which tests may kill, halt and start again. */
@NullMarked
package dev.restante.testredis;

import org.jspecify.annotations.NullMarked;
