package dev.restante.example.chat;

import java.nio.file.Path;

/**
 * Where the server listens and keeps its data.
 *
 * @param host the address to bind to; by default only programs on this machine can reach it
 * @param port 0 for any that is free
 * @param data the folder of the messages and the secret
 */
record Settings(String host, int port, Path data) {
  /** From {@code restante.host}, {@code restante.port} and {@code restante.data}. */
  static Settings fromSystemProperties() {
    String port = System.getProperty("restante.port", "8080");
    return new Settings(
        System.getProperty("restante.host", "127.0.0.1"),
        port(port),
        Path.of(System.getProperty("restante.data", "data/chat")).toAbsolutePath().normalize());
  }

  private static int port(String text) {
    try {
      int port = Integer.parseInt(text);
      if (port >= 0 && port <= 65_535) {
        return port;
      }
    } catch (NumberFormatException e) {
      // told below, as a number out of range
    }
    throw new IllegalArgumentException("-Drestante.port must be 0 to 65535, is " + text);
  }
}
