package dev.restante.storage.ordered;

import org.jspecify.annotations.Nullable;

/**
 * One change of a table. Neither array is changed by anybody afterwards.
 *
 * @param table where
 * @param key which key, of 1 to about 2,000 bytes
 * @param value what is stored there from now on, whatever was; {@code null} removes the key, which
 *     need not be there
 */
public record Change(Table table, byte[] key, byte @Nullable [] value) {}
