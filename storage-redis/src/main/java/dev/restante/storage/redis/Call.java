package dev.restante.storage.redis;

import java.util.ArrayList;
import java.util.List;

/** One call of a script: what it is handed. For one thread. */
final class Call {
  private final Script script;
  private final List<byte[]> keys = new ArrayList<>();
  private final List<byte[]> arguments = new ArrayList<>();

  Call(Script script) {
    this.script = script;
  }

  Script script() {
    return script;
  }

  Call key(byte[] key) {
    keys.add(key);
    return this;
  }

  Call argument(byte[] argument) {
    arguments.add(argument);
    return this;
  }

  Call number(long number) {
    return argument(Bytes.decimal(number));
  }

  Call bound(long number) {
    return argument(Bytes.bound(number));
  }

  Call flag(boolean on) {
    return argument(Bytes.flag(on));
  }

  /** How many arguments it has. */
  int size() {
    return arguments.size();
  }

  /** Its arguments behind a number. */
  List<byte[]> counted(int number) {
    List<byte[]> all = new ArrayList<>(arguments.size() + 1);
    all.add(Bytes.decimal(number));
    all.addAll(arguments);
    return all;
  }

  /** The same of {@link Script#ofCell()}, for the cell that the keys are of. */
  Call ofCell(byte[] intent) {
    Call call = new Call(script.ofCell());
    call.keys.addAll(keys);
    call.arguments.addAll(arguments);
    return call.key(intent);
  }

  byte[][] keys() {
    return keys.toArray(byte[][]::new);
  }

  byte[][] arguments() {
    return arguments.toArray(byte[][]::new);
  }
}
