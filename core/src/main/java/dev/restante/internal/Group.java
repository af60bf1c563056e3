package dev.restante.internal;

import dev.restante.api.ConversationId;
import dev.restante.api.Member;
import dev.restante.api.Role;
import dev.restante.api.UserId;
import dev.restante.storage.StoredRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A group's title and members, in one record.
 *
 * @param version the record's version, which is the number of the log entry that made it so
 * @param creator who created the group
 * @param title its title
 * @param seats its members, longest-standing first
 */
record Group(long version, UserId creator, String title, List<Seat> seats) {
  /**
   * A member.
   *
   * @param user the user
   * @param role what he may do
   * @param fromSeq the first number of the log that he may see
   */
  record Seat(UserId user, Role role, long fromSeq) {
    Member member() {
      return new Member(user, role);
    }
  }

  static @Nullable Group of(ConversationId conversation, @Nullable StoredRecord stored) {
    if (stored == null) {
      return null;
    }
    String tenant = conversation.tenant();
    return RecordCodec.decode(
        stored.payload(),
        in -> {
          UserId creator = new UserId(tenant, in.readUTF());
          String title = in.readUTF();
          int count = in.readInt();
          List<Seat> seats = new ArrayList<>(count);
          for (int i = 0; i < count; i++) {
            seats.add(
                new Seat(
                    new UserId(tenant, in.readUTF()),
                    Role.ofCode(in.readUnsignedByte()),
                    in.readLong()));
          }
          return new Group(stored.version(), creator, title, List.copyOf(seats));
        });
  }

  byte[] encode() {
    return RecordCodec.encode(
        out -> {
          out.writeUTF(creator.value());
          out.writeUTF(title);
          out.writeInt(seats.size());
          for (Seat seat : seats) {
            out.writeUTF(seat.user.value());
            out.writeByte(seat.role.code());
            out.writeLong(seat.fromSeq);
          }
        });
  }

  Optional<Seat> find(UserId user) {
    return seats.stream().filter(seat -> seat.user.equals(user)).findFirst();
  }

  List<Member> members() {
    return seats.stream().map(Seat::member).toList();
  }
}
