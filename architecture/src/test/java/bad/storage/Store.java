package bad.storage;

import bad.api.Vocabulary;

/** An SPI that knows more than the JDK. */
public interface Store {
  Vocabulary vocabulary();
}
