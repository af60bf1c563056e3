package dev.restante.storage.ordered;

import static dev.restante.storage.ordered.Bytes.LONG;
import static dev.restante.storage.ordered.Bytes.SHORT;

import dev.restante.storage.DedupKey;
import dev.restante.storage.RecordKey;
import dev.restante.storage.StreamKey;
import dev.restante.storage.StreamKey.Kind;
import java.util.Arrays;

/**
 * Keys as bytes, each of which can be told from every other: a text is the last part of a key, or
 * its length stands before it. Numbers of streams begin at 1.
 */
final class Keys {
  private Keys() {}

  static byte[] stream(StreamKey key) {
    byte[] tenant = Bytes.of(key.tenant());
    byte[] name = Bytes.of(key.name());
    byte[] bytes = new byte[1 + SHORT + tenant.length + name.length];
    bytes[0] = (byte) key.kind().code();
    Bytes.put(bytes, Bytes.putCounted(bytes, 1, tenant), name);
    return bytes;
  }

  static StreamKey stream(byte[] bytes) {
    int tenant = Bytes.getShort(bytes, 1);
    int name = 1 + SHORT + tenant;
    return new StreamKey(
        kind(bytes[0]),
        Bytes.text(bytes, 1 + SHORT, tenant),
        Bytes.text(bytes, name, bytes.length - name));
  }

  private static Kind kind(int code) {
    for (Kind kind : Kind.values()) {
      if (kind.code() == code) {
        return kind;
      }
    }
    throw new IllegalStateException("There is no stream of kind " + code);
  }

  static byte[] number(long stream) {
    byte[] bytes = new byte[LONG];
    Bytes.put(bytes, 0, stream);
    return bytes;
  }

  static byte[] row(long stream, long number) {
    byte[] bytes = new byte[2 * LONG];
    Bytes.put(bytes, Bytes.put(bytes, 0, stream), number);
    return bytes;
  }

  static long rowNumber(byte[] key) {
    return Bytes.getLong(key, LONG);
  }

  static byte[] newest(long inbox, byte[] compactionKey) {
    byte[] bytes = new byte[LONG + compactionKey.length];
    Bytes.put(bytes, Bytes.put(bytes, 0, inbox), compactionKey);
    return bytes;
  }

  /** Led by the client's id: time-ordered ids keep neighbours in time together. */
  static byte[] dedup(DedupKey key, long log) {
    byte[] clientId = Bytes.of(key.clientId());
    byte[] sender = Bytes.of(key.sender());
    byte[] bytes = new byte[SHORT + clientId.length + SHORT + sender.length + LONG];
    int at = Bytes.putCounted(bytes, 0, clientId);
    Bytes.put(bytes, Bytes.putCounted(bytes, at, sender), log);
    return bytes;
  }

  static byte[] expiry(long expiresAtMillis, byte[] dedup) {
    byte[] bytes = new byte[LONG + dedup.length];
    Bytes.put(bytes, Bytes.put(bytes, 0, ordered(expiresAtMillis)), dedup);
    return bytes;
  }

  /** Where the rows begin that expire at this moment or later. */
  static byte[] expiry(long expiresAtMillis) {
    return number(ordered(expiresAtMillis));
  }

  /** The submit that a row of the order of expiry is about. */
  static byte[] expired(byte[] expiry) {
    return Arrays.copyOfRange(expiry, LONG, expiry.length);
  }

  static long expiresAtMillis(byte[] expiry) {
    return ordered(Bytes.getLong(expiry, 0));
  }

  /** Moments before 1970 come first. */
  private static long ordered(long number) {
    return number ^ Long.MIN_VALUE;
  }

  static byte[] record(long partition, String space, String id) {
    byte[] spaceBytes = Bytes.of(space);
    byte[] idBytes = Bytes.of(id);
    byte[] bytes = new byte[LONG + SHORT + spaceBytes.length + idBytes.length];
    int at = Bytes.putCounted(bytes, Bytes.put(bytes, 0, partition), spaceBytes);
    Bytes.put(bytes, at, idBytes);
    return bytes;
  }

  /** The submit whose key this is, in a log of this name. */
  static DedupKey dedup(byte[] key, StreamKey log) {
    int clientId = Bytes.getShort(key, 0);
    int sender = SHORT + clientId;
    return new DedupKey(
        log,
        Bytes.text(key, sender + SHORT, Bytes.getShort(key, sender)),
        Bytes.text(key, SHORT, clientId));
  }

  /** The number of the log, in the key of a submit. */
  static long dedupLog(byte[] key) {
    return Bytes.getLong(key, key.length - LONG);
  }

  /** The record whose key this is, in a partition of this name. */
  static RecordKey record(byte[] key, StreamKey partition) {
    int space = Bytes.getShort(key, LONG);
    return new RecordKey(partition, Bytes.text(key, LONG + SHORT, space), recordId(key, space));
  }

  /** The id in a record's key whose space has so many bytes. */
  static String recordId(byte[] key, int space) {
    int at = LONG + SHORT + space;
    return Bytes.text(key, at, key.length - at);
  }

  /** The least key above all that begin with this one, which must not be all ones. */
  static byte[] after(byte[] prefix) {
    byte[] bytes = prefix.clone();
    int last = bytes.length - 1;
    while (bytes[last] == (byte) 0xFF) {
      bytes[last--] = 0;
    }
    bytes[last]++;
    return bytes;
  }
}
