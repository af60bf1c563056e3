package dev.restante.internal;

import dev.restante.storage.StoredRecord;

/**
 * What a user may see of a conversation. The records of a user are the list of his conversations.
 *
 * @param fromSeq the first number that he may see
 * @param toSeq the last number that he may see; {@link Long#MAX_VALUE} while he is a member
 * @param title the group's title when he went; empty while he is a member
 */
record Talk(long fromSeq, long toSeq, String title) {
  static final Talk WHOLE = since(1);

  /** What a member sees. */
  static Talk since(long fromSeq) {
    return new Talk(fromSeq, Long.MAX_VALUE, "");
  }

  static Talk of(StoredRecord stored) {
    return RecordCodec.decode(
        stored.payload(), in -> new Talk(in.readLong(), in.readLong(), in.readUTF()));
  }

  byte[] encode() {
    return RecordCodec.encode(
        out -> {
          out.writeLong(fromSeq);
          out.writeLong(toSeq);
          out.writeUTF(title);
        });
  }

  boolean isMember() {
    return toSeq == Long.MAX_VALUE;
  }
}
