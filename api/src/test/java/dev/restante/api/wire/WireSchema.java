package dev.restante.api.wire;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumValueDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.OneofDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@code docs/wire.proto}, as much of the language as that file uses. */
final class WireSchema {
  private static final Path FILE = Path.of("..", "docs", "wire.proto");
  private static final Pattern OPENING = Pattern.compile("(message|enum) (\\w+) \\{");
  private static final Pattern FIELD =
      Pattern.compile("(optional |repeated )?(\\w+) (\\w+) = (\\d+);");
  private static final Pattern VALUE = Pattern.compile("(\\w+) = (\\d+);");

  private final FileDescriptorProto.Builder file =
      FileDescriptorProto.newBuilder().setName("wire.proto");
  private final List<String> enums = new ArrayList<>();
  private DescriptorProto.@Nullable Builder message;
  private EnumDescriptorProto.@Nullable Builder enumeration;

  private WireSchema() {}

  static FileDescriptor read() throws IOException, DescriptorValidationException {
    WireSchema schema = new WireSchema();
    List<String> lines = Files.readAllLines(FILE);
    for (String line : lines) {
      Matcher opening = OPENING.matcher(line);
      if (opening.lookingAt() && opening.group(1).equals("enum")) {
        schema.enums.add(opening.group(2));
      }
    }
    lines.stream().map(line -> line.replaceAll("//.*", "").strip()).forEach(schema::line);
    return FileDescriptor.buildFrom(schema.file.build(), new FileDescriptor[0]);
  }

  static Descriptor message(FileDescriptor file, String name) {
    Descriptor found = file.findMessageTypeByName(name);
    if (found == null) {
      throw new AssertionError("no message " + name + " in " + FILE);
    }
    return found;
  }

  private void line(String line) {
    Matcher opening = OPENING.matcher(line);
    if (line.isEmpty()) {
      return;
    }
    if (line.startsWith("syntax")) {
      file.setSyntax("proto3");
    } else if (line.startsWith("package ")) {
      file.setPackage(line.substring("package ".length(), line.length() - 1));
    } else if (opening.matches() && opening.group(1).equals("message")) {
      message = DescriptorProto.newBuilder().setName(opening.group(2));
    } else if (opening.matches()) {
      enumeration = EnumDescriptorProto.newBuilder().setName(opening.group(2));
    } else if (line.equals("}")) {
      close();
    } else {
      member(line);
    }
  }

  private void close() {
    if (message != null) {
      file.addMessageType(message);
      message = null;
    } else if (enumeration != null) {
      file.addEnumType(enumeration);
      enumeration = null;
    }
  }

  private void member(String line) {
    Matcher field = FIELD.matcher(line);
    Matcher value = VALUE.matcher(line);
    if (message != null && field.matches()) {
      field(message, field);
    } else if (enumeration != null && value.matches()) {
      enumeration.addValue(
          EnumValueDescriptorProto.newBuilder()
              .setName(value.group(1))
              .setNumber(Integer.parseInt(value.group(2))));
    } else {
      throw new AssertionError("cannot read this line: " + line);
    }
  }

  private void field(DescriptorProto.Builder owner, Matcher read) {
    String type = read.group(2);
    FieldDescriptorProto.Builder field =
        FieldDescriptorProto.newBuilder()
            .setName(read.group(3))
            .setNumber(Integer.parseInt(read.group(4)))
            .setLabel(
                "repeated ".equals(read.group(1))
                    ? FieldDescriptorProto.Label.LABEL_REPEATED
                    : FieldDescriptorProto.Label.LABEL_OPTIONAL);
    if (Character.isLowerCase(type.charAt(0))) {
      field.setType(FieldDescriptorProto.Type.valueOf("TYPE_" + type.toUpperCase(Locale.ROOT)));
    } else {
      field
          .setType(
              enums.contains(type)
                  ? FieldDescriptorProto.Type.TYPE_ENUM
                  : FieldDescriptorProto.Type.TYPE_MESSAGE)
          .setTypeName("." + file.getPackage() + "." + type);
    }
    if ("optional ".equals(read.group(1))) {
      field.setProto3Optional(true).setOneofIndex(owner.getOneofDeclCount());
      owner.addOneofDecl(OneofDescriptorProto.newBuilder().setName("_" + field.getName()));
    }
    owner.addField(field);
  }
}
