package dev.restante.storage.jdbc;

/**
 * Says that remembered numbers of streams are not, or may not be, those of the database any more.
 * Whoever runs the call forgets their generation; nothing that was done with them is committed.
 */
final class Outdated extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient StreamIds.Generation generation;

  Outdated(StreamIds.Generation generation) {
    super(
        "Remembered numbers of streams are not those of the database any more", null, false, false);
    this.generation = generation;
  }

  StreamIds.Generation generation() {
    return generation;
  }
}
