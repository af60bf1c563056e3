package dev.restante.storage;

/**
 * Which rows of a log to read.
 *
 * @param log the log
 * @param from the lowest sequence number wanted
 * @param to the highest sequence number wanted
 * @param descending whether to begin at {@code to} and go backwards
 * @param limit the most rows to return, 1 or more
 * @param maxBytes the most payload bytes to return; the first row is returned whatever its size
 */
public record LogRange(
    StreamKey log, long from, long to, boolean descending, int limit, long maxBytes) {}
