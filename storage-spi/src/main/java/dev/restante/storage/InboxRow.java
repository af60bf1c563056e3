package dev.restante.storage;

import org.jspecify.annotations.Nullable;

/**
 * One row of a user's inbox. It either refers to a log row ({@code log} and {@code seq}) or carries
 * its own payload, or both.
 *
 * @param position its number, one more than its predecessor's
 * @param type what the row means to the core, 0 to 32,767
 * @param format the version of the payload's format, 0 to 32,767
 * @param log the log referred to, of the same tenant; {@code null} if none
 * @param seq the number of the row referred to; 0 if none
 * @param key the compaction key, at most 255 bytes of UTF-8: an older row of this inbox with the
 *     same key is removed in the step that appends this one; {@code null} if the row stays
 * @param payload opaque bytes, empty if none; neither side modifies the array after handing it over
 */
public record InboxRow(
    long position,
    int type,
    int format,
    @Nullable StreamKey log,
    long seq,
    @Nullable String key,
    byte[] payload) {
  private static final byte[] NOTHING = {};

  /** A row that refers to a log row and carries nothing of its own. */
  public static InboxRow reference(long position, int type, StreamKey log, long seq) {
    return new InboxRow(position, type, 0, log, seq, null, NOTHING);
  }
}
