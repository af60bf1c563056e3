package dev.restante.storage;

import java.util.Map;

/** Makes a {@link Storage} from settings. Found by name through {@link java.util.ServiceLoader}. */
public interface StorageProvider {
  /** The version of this SPI. A provider made for another version is refused by name. */
  int SPEC_VERSION = 1;

  /** The name that a host selects it by, such as {@code jdbc}. */
  String name();

  /** The version of the SPI that the provider was made for. */
  int specVersion();

  /**
   * Reads settings.
   *
   * @throws IllegalArgumentException if a setting is unknown, missing or malformed; the message
   *     names all of them at once
   */
  Storage create(Map<String, String> settings);
}
