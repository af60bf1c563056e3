/** Real MariaDB servers, for tests and benchmarks. */
@NullMarked
package dev.restante.testmariadb;

import org.jspecify.annotations.NullMarked;
