package dev.restante.benchmarks;

import java.util.Locale;
import java.util.StringJoiner;

/** One JSON object on one line, fields in the order in which they were added. */
final class JsonLine {
  private final StringJoiner fields = new StringJoiner(",", "{", "}");

  JsonLine text(String name, String value) {
    fields.add("\"" + name + "\":\"" + value + "\"");
    return this;
  }

  JsonLine number(String name, String format, Object value) {
    fields.add("\"" + name + "\":" + String.format(Locale.ROOT, format, value));
    return this;
  }

  @Override
  public String toString() {
    return fields.toString();
  }
}
