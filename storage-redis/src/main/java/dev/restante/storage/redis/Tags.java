package dev.restante.storage.redis;

import io.lettuce.core.cluster.SlotHash;

/**
 * Texts that stand in braces in keys of a cluster. The slots are divided into as many runs of the
 * same length, and each tag is in a run of its own: so masters that have equal shares of the slots
 * have equal shares of the tags.
 */
final class Tags {
  static final int COUNT = 256;

  private static final int SLOTS = SlotHash.SLOT_COUNT / COUNT;
  private static final String[] TEXTS = texts();

  private Tags() {}

  private static String[] texts() {
    String[] texts = new String[COUNT];
    int missing = COUNT;
    for (int number = 0; missing > 0; number++) {
      String text = Integer.toString(number, Character.MAX_RADIX);
      int run = SlotHash.getSlot(text) / SLOTS;
      if (texts[run] == null) {
        texts[run] = text;
        missing--;
      }
    }
    return texts;
  }

  static String text(int tag) {
    return TEXTS[tag];
  }

  /** The tag of what has such a name; there are no braces in it. */
  static int of(byte[] path) {
    return SlotHash.getSlot(path) / SLOTS;
  }
}
