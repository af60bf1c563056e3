package dev.restante.example.cluster;

import java.nio.file.Path;

/**
 * Where the cluster is reached and keeps its data; all of it listens on 127.0.0.1 only.
 *
 * @param port where devices connect, 0 for any that is free
 * @param controlPort where the page about the nodes is, 0 for any that is free
 * @param data the folder of the database and of the nodes' secret
 */
record Settings(int port, int controlPort, Path data) {
  static final String HOST = "127.0.0.1";

  /** From {@code restante.port}, {@code restante.control} and {@code restante.data}. */
  static Settings fromSystemProperties() {
    return new Settings(
        port("restante.port", "8080"),
        port("restante.control", "8081"),
        Path.of(System.getProperty("restante.data", "data/cluster")).toAbsolutePath().normalize());
  }

  private static int port(String property, String otherwise) {
    String text = System.getProperty(property, otherwise);
    try {
      int port = Integer.parseInt(text);
      if (port >= 0 && port <= 65_535) {
        return port;
      }
    } catch (NumberFormatException e) {
      // told below, as a number out of range
    }
    throw new IllegalArgumentException("-D" + property + " must be 0 to 65535, is " + text);
  }
}
