/**
 * The storage SPI: two kinds of stream, small records, and a commit that writes all of them in one
 * step.
 *
 * <p>A <em>log</em> is the truth of one conversation, an <em>inbox</em> the feed of one user. Both
 * are streams of rows with dense numbers 1, 2, 3 …, a durable floor below which rows were removed,
 * and a head that is the greater of floor and last row. An adapter implements {@link Store}; it
 * proves itself with the contract suite in {@code restante-storage-tck}.
 */
@NullMarked
package dev.restante.storage;

import org.jspecify.annotations.NullMarked;
