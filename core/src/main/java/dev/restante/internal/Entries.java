package dev.restante.internal;

import dev.restante.api.ConversationId;
import dev.restante.api.DevicesChanged;
import dev.restante.api.Entry;
import dev.restante.api.Gap;
import dev.restante.api.LogEntry;
import dev.restante.api.Payload;
import dev.restante.api.UnknownEntry;
import dev.restante.api.UserId;
import dev.restante.api.wire.WireCodec;
import dev.restante.api.wire.WireFormatException;
import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogRow;
import dev.restante.storage.StreamKey;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Rows as the entries that hosts see. */
final class Entries {
  private static final Logger log = LoggerFactory.getLogger(Entries.class);

  private Entries() {}

  /** A log's row. One that cannot be read holds its place as unknown, and stops nobody. */
  static LogEntry of(ConversationId conversation, LogRow row) {
    try {
      return WireCodec.decodeFromLog(conversation, row.seq(), row.timeMillis(), row.payload());
    } catch (WireFormatException e) {
      log.error("Row {} of {} cannot be read: {}", row.seq(), conversation, e.getMessage());
      return new UnknownEntry(
          conversation,
          row.seq(),
          Instant.ofEpochMilli(row.timeMillis()),
          Payload.of(row.payload()));
    }
  }

  /** An inbox's row; nothing for one that only a newer version understands. */
  static Optional<Entry> of(UserId user, InboxItem item) {
    StreamKey from = item.row().log();
    LogRow logRow = item.logRow();
    if (from != null && logRow != null) {
      return Optional.of(of(ConversationId.ofKey(from.tenant(), from.name()), logRow));
    }
    return item.row().type() == InboxTypes.DEVICES
        ? Optional.of(new DevicesChanged(user))
        : gap(item).map(Entry.class::cast);
  }

  /** What stands for an inbox's row whose entry is not brought; nothing if it refers to none. */
  static Optional<Gap> gap(InboxItem item) {
    InboxRow row = item.row();
    StreamKey from = row.log();
    return from == null
        ? Optional.empty()
        : Optional.of(
            new Gap(ConversationId.ofKey(from.tenant(), from.name()), row.seq(), row.seq()));
  }
}
