package dev.restante.storage.redis;

import dev.restante.storage.Guard;
import dev.restante.storage.RecordKey;
import dev.restante.storage.StreamKey;
import dev.restante.storage.StreamKey.Kind;
import dev.restante.storage.cells.Cell;
import dev.restante.storage.cells.Decision;
import dev.restante.storage.cells.Part;
import dev.restante.storage.cells.Unfinished;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code begin.lua}, {@code decide.lua}, {@code submits.lua}, {@code forget.lua} and {@code
 * unfinished.lua}: the records of transactions. Each is in a slot that its name tells.
 *
 * <p>A decision is told to nobody before it is where a commit has to be. Until then a failover may
 * take it back, and it would be decided anew, the other way. A record that is pending need not be
 * anywhere else: without it nothing can be decided, so nothing is so. And one that comes back after
 * it was forgotten has nothing left to say. That a record is not there is told like a decision,
 * also by who was to decide: a master that was deposed knows of none that was made since.
 */
final class Decisions {
  private static final int NAME_BYTES = 16;
  private static final int GUARDED = 0x80;

  private final Shards shards;
  private final Keys keys;
  private final SecureRandom chance = new SecureRandom();

  Decisions(Shards shards, Keys keys) {
    this.shards = shards;
    this.keys = keys;
  }

  /** 128 bits of chance, in hexadecimal digits. */
  String newTransaction() {
    byte[] name = new byte[NAME_BYTES];
    chance.nextBytes(name);
    return HexFormat.of().formatHex(name);
  }

  void begin(String transaction, List<Part> parts) {
    shards.call(
        record(Script.BEGIN, transaction)
            .key(keys.cells(Keys.tag(transaction)))
            .argument(name(transaction))
            .argument(pack(parts)));
  }

  Decision decide(String transaction, Decision wanted) {
    return decision((byte[]) shards.callDurably(deciding(transaction, wanted), Decisions::stands));
  }

  void abort(Collection<String> transactions) {
    shards.callDurably(
        transactions.stream().map(each -> deciding(each, Decision.ABORTED)).toList(),
        Decisions::stands);
  }

  private Call deciding(String transaction, Decision wanted) {
    return record(Script.DECIDE, transaction).argument(name(transaction)).argument(code(wanted));
  }

  private static Calls.Durable stands(Object decided) {
    return decision((byte[]) decided) == Decision.GONE ? Calls.Durable.SEEN : Calls.Durable.WRITTEN;
  }

  Map<String, Decision> of(Collection<String> transactions) {
    List<String> names = List.copyOf(transactions);
    List<Call> calls =
        names.stream().map(each -> record(Script.SUBMITS, each).argument(name(each))).toList();
    List<Object> answers =
        shards.callDurably(
            calls,
            found ->
                switch (decision(new Answer(found).bytesIfAny())) {
                  case COMMITTED, ABORTED, GONE -> Calls.Durable.SEEN;
                  case PENDING -> Calls.Durable.NOTHING;
                });
    Map<String, Decision> decisions = new HashMap<>();
    for (int i = 0; i < names.size(); i++) {
      decisions.put(names.get(i), decision(new Answer(answers.get(i)).bytesIfAny()));
    }
    return decisions;
  }

  void forget(String transaction) {
    shards.call(
        record(Script.FORGET, transaction)
            .key(keys.cells(Keys.tag(transaction)))
            .argument(name(transaction)));
  }

  List<Unfinished> unfinished(int limit) {
    List<Call> calls =
        Keys.tagsOfTransactions().stream()
            .map(tag -> new Call(Script.UNFINISHED).key(keys.cells(tag)).number(limit))
            .toList();
    List<Unfinished> found = new ArrayList<>();
    for (Object each : shards.callDurably(calls, any -> Calls.Durable.SEEN)) {
      Answer answer = new Answer(each);
      while (answer.hasNext() && found.size() < limit) {
        String transaction = new String(answer.bytes(), StandardCharsets.US_ASCII);
        found.add(unpack(transaction, answer.bytes()));
      }
    }
    return found;
  }

  private Call record(Script script, String transaction) {
    return new Call(script).key(keys.decisions(Keys.tag(transaction)));
  }

  private static byte[] name(String transaction) {
    return transaction.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] code(Decision wanted) {
    return new byte[] {(byte) (wanted == Decision.COMMITTED ? 'C' : 'A')};
  }

  private static Decision decision(byte @Nullable [] code) {
    if (code == null || code.length == 0) {
      return Decision.GONE;
    }
    return switch (code[0]) {
      case 'P' -> Decision.PENDING;
      case 'C' -> Decision.COMMITTED;
      case 'A' -> Decision.ABORTED;
      default -> throw new IllegalStateException("No decision: " + code[0]);
    };
  }

  /**
   * Whether it is exclusive. For each cell: the kind of stream; tenant and name. One that is only
   * guarded has a bit more beside its kind, and behind its name the number of guards, of which
   * there may be any, in 32 bits; space and id of each.
   */
  static byte[] pack(List<Part> parts) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    packed.write(parts.get(0).commit().exclusive() ? 1 : 0);
    for (Part part : parts) {
      StreamKey partition = part.cell().partition();
      packed.write(partition.kind().code() | (part.guardsAlone() ? GUARDED : 0));
      write(packed, partition.tenant());
      write(packed, partition.name());
      if (part.guardsAlone()) {
        write32(packed, part.commit().guards().size());
        for (Guard guard : part.commit().guards()) {
          write(packed, guard.key().space());
          write(packed, guard.key().id());
        }
      }
    }
    return packed.toByteArray();
  }

  private static void write(ByteArrayOutputStream to, String text) {
    byte[] bytes = Utf8.encode(text);
    write16(to, bytes.length);
    to.writeBytes(bytes);
  }

  private static void write32(ByteArrayOutputStream to, int number) {
    write16(to, number >> 16);
    write16(to, number);
  }

  private static void write16(ByteArrayOutputStream to, int number) {
    to.write(number >> 8);
    to.write(number);
  }

  static Unfinished unpack(String transaction, byte[] packed) {
    List<Cell> cells = new ArrayList<>();
    List<RecordKey> guarded = new ArrayList<>();
    Bytes.Reader from = new Bytes.Reader(packed, 0);
    boolean exclusive = from.unsigned() == 1;
    while (from.at() < packed.length) {
      int code = from.unsigned();
      StreamKey partition = new StreamKey(kind(code & ~GUARDED), text(from), text(from));
      if ((code & GUARDED) == 0) {
        cells.add(Cell.of(partition));
      } else {
        for (long left = from.big(Integer.BYTES); left > 0; left--) {
          guarded.add(new RecordKey(partition, text(from), text(from)));
        }
      }
    }
    return new Unfinished(transaction, exclusive, cells, guarded);
  }

  private static String text(Bytes.Reader from) {
    return from.text(from.unsigned16());
  }

  private static Kind kind(int code) {
    for (Kind kind : Kind.values()) {
      if (kind.code() == code) {
        return kind;
      }
    }
    throw new IllegalStateException("No kind of stream: " + code);
  }
}
