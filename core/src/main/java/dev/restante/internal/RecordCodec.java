package dev.restante.internal;

import dev.restante.storage.StoreException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Records as bytes: a format number, then fields in order. A later version appends fields, which an
 * earlier one does not read; it does not write a record that a later one wrote, since writers check
 * the version that they read.
 */
final class RecordCodec {
  private static final int FORMAT = 1;

  private RecordCodec() {}

  interface Write {
    void to(DataOutputStream out) throws IOException;
  }

  interface Read<T> {
    T from(DataInputStream in) throws IOException;
  }

  static byte[] encode(Write fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(32);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      fields.to(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static <T> T decode(byte[] payload, Read<T> fields) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(payload))) {
      int format = in.readUnsignedByte();
      if (format != FORMAT) {
        throw new IOException("format " + format + " of a record, this version knows " + FORMAT);
      }
      return fields.from(in);
    } catch (IOException e) {
      throw new StoreException(
          StoreException.Effect.FAULT, "a record cannot be read: " + e.getMessage(), e);
    }
  }
}
