package dev.restante.storage;

/**
 * Asks to remove the oldest rows of a stream.
 *
 * @param stream a log or an inbox
 * @param through rows with numbers up to this one go; a number above the head means the head
 */
public record Trim(StreamKey stream, long through) {}
