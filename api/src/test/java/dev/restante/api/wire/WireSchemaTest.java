package dev.restante.api.wire;

import static dev.restante.api.wire.Samples.TENANT;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.restante.api.Acknowledgement;
import dev.restante.api.Draft;
import dev.restante.api.Entry;
import dev.restante.api.GroupCreated;
import dev.restante.api.LogEntry;
import dev.restante.api.Message;
import dev.restante.api.MessageKind;
import dev.restante.api.UnknownEntry;
import dev.restante.api.sync.Delivery;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The schema in {@code docs/wire.proto} is what the codec writes and reads. */
final class WireSchemaTest {
  private final FileDescriptor schema;

  WireSchemaTest() throws IOException, DescriptorValidationException {
    schema = WireSchema.read();
  }

  // ---- the codec writes, Protocol Buffers reads, writes again, the codec reads
  // --------------------

  @Test
  void agreesOnDrafts() throws InvalidProtocolBufferException {
    for (Draft draft : Samples.drafts()) {
      DynamicMessage read = read("Draft", WireCodec.encode(draft));
      assertThat(WireCodec.decodeDraft(TENANT, read.toByteArray())).isEqualTo(draft);
      assertThat(text(read, "sender_user")).isEqualTo(draft.sender().user().value());
      assertThat(text(read, "conversation")).isEqualTo(draft.conversation().key());
      assertThat(read.hasField(field(read, "composed_at"))).isEqualTo(draft.composedAt() != null);
    }
  }

  @Test
  void agreesOnEntries() throws InvalidProtocolBufferException {
    for (Entry entry : Samples.entries()) {
      DynamicMessage read = read("Entry", WireCodec.encode(entry));
      // an unknown field comes back behind the known ones, which is another order of bytes
      Entry back = WireCodec.decodeEntry(TENANT, read.toByteArray()).orElseThrow();
      assertThat(WireCodec.encode(back)).hasSameSizeAs(WireCodec.encode(entry));
      if (!(entry instanceof LogEntry log) || log.unknownFields().isEmpty()) {
        assertThat(back).isEqualTo(entry);
        assertThat(read.getUnknownFields().asMap()).isEmpty();
      }
      if (entry instanceof GroupCreated created) {
        assertThat(read.getRepeatedFieldCount(field(read, "members")))
            .isEqualTo(created.members().size());
      }
    }
  }

  @Test
  void agreesOnAcknowledgements() throws InvalidProtocolBufferException {
    for (Acknowledgement acknowledgement : Samples.acknowledgements()) {
      DynamicMessage read = read("Acknowledgement", WireCodec.encode(acknowledgement));
      assertThat(read.getUnknownFields().asMap()).isEmpty();
      assertThat(WireCodec.decodeAcknowledgement(TENANT, read.toByteArray()))
          .isEqualTo(acknowledgement);
    }
  }

  @Test
  void agreesOnDeliveries() throws InvalidProtocolBufferException {
    for (Delivery delivery : Samples.deliveries()) {
      DynamicMessage read = read("Delivery", WireCodec.encode(delivery));
      assertThat(read.getUnknownFields().asMap()).isEmpty();
      assertThat(WireCodec.decodeDelivery(TENANT, read.toByteArray())).contains(delivery);
    }
  }

  // ---- Protocol Buffers writes, the codec reads
  // ---------------------------------------------------

  @Test
  void readsWhatAnotherLanguageWrites() {
    DynamicMessage draft =
        write(
            "Draft",
            Map.of(
                "conversation", Samples.GROUP.key(),
                "sender_user", "alice",
                "sender_device", "phone",
                "client_id", "id",
                "composed_at", -5L));
    assertThat(WireCodec.decodeDraft(TENANT, draft.toByteArray()))
        .satisfies(
            read -> {
              assertThat(read.kind()).isEqualTo(MessageKind.TEXT);
              assertThat(read.body().isEmpty()).isTrue();
              assertThat(String.valueOf(read.composedAt())).isEqualTo("1969-12-31T23:59:59.995Z");
            });
  }

  /** A proto3 enum is open: numbers and constants of the code and of the schema are the same. */
  @Test
  void namesTheSameTypes() throws InvalidProtocolBufferException {
    for (Entry entry : Samples.entries()) {
      DynamicMessage read = read("Entry", WireCodec.encode(entry));
      EnumValueDescriptor type = (EnumValueDescriptor) read.getField(field(read, "type"));
      String expected = entry.getClass().getSimpleName().replaceAll("(?<=[a-z])(?=[A-Z])", "_");
      if (entry instanceof UnknownEntry) {
        assertThat(type.getIndex()).isEqualTo(-1);
      } else {
        assertThat(type.getName()).isEqualToIgnoringCase(expected);
      }
      if (entry instanceof Message message) {
        assertThat(text(read, "kind")).isEqualTo(message.kind().name());
      }
    }
    for (Delivery delivery : Samples.deliveries()) {
      DynamicMessage read = read("Delivery", WireCodec.encode(delivery));
      if (delivery instanceof Delivery.Snapshot snapshot) {
        assertThat(((EnumValueDescriptor) read.getField(field(read, "reason"))).getName())
            .isEqualTo(snapshot.reason().name());
      }
    }
  }

  /** Every field of the schema is one that some sample fills, so none is only on paper. */
  @Test
  void hasNoFieldThatTheCodecDoesNotKnow() throws InvalidProtocolBufferException {
    List<DynamicMessage> all = new ArrayList<>();
    for (Draft each : Samples.drafts()) {
      all.add(read("Draft", WireCodec.encode(each)));
    }
    for (Entry each : Samples.entries()) {
      all.add(read("Entry", WireCodec.encode(each)));
    }
    for (Acknowledgement each : Samples.acknowledgements()) {
      all.add(read("Acknowledgement", WireCodec.encode(each)));
    }
    for (Delivery each : Samples.deliveries()) {
      all.add(read("Delivery", WireCodec.encode(each)));
    }
    Set<String> filled = new HashSet<>();
    all.forEach(each -> collect(each, filled));
    for (Descriptor message : schema.getMessageTypes()) {
      for (FieldDescriptor field : message.getFields()) {
        assertThat(filled).contains(field.getFullName());
      }
    }
  }

  private static void collect(DynamicMessage message, Set<String> filled) {
    message
        .getAllFields()
        .forEach(
            (field, value) -> {
              filled.add(field.getFullName());
              List<?> values = field.isRepeated() ? (List<?>) value : List.of(value);
              for (Object each : values) {
                if (each instanceof DynamicMessage nested) {
                  collect(nested, filled);
                }
              }
            });
  }

  private DynamicMessage read(String message, byte[] bytes) throws InvalidProtocolBufferException {
    return DynamicMessage.parseFrom(WireSchema.message(schema, message), bytes);
  }

  private DynamicMessage write(String message, Map<String, Object> fields) {
    DynamicMessage.Builder builder = DynamicMessage.newBuilder(WireSchema.message(schema, message));
    fields.forEach(
        (name, value) ->
            builder.setField(builder.getDescriptorForType().findFieldByName(name), value));
    return builder.build();
  }

  private static FieldDescriptor field(DynamicMessage message, String name) {
    return message.getDescriptorForType().findFieldByName(name);
  }

  private static String text(DynamicMessage message, String name) {
    return (String) message.getField(field(message, name));
  }
}
