package dev.restante.storage.rocksdb;

import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.rocksdb.Status.Code;

/** What a failure means, by the engine's status code alone. */
final class Failures {
  private Failures() {}

  /** A folder that another has open is an I/O error like any other: what is there may pass. */
  static StoreException opening(Path folder, RocksDBException cause) {
    Code code = code(cause);
    boolean passing = code == Code.IOError || code == Code.ShutdownInProgress || isBusy(code);
    return new StoreException(
        passing ? Effect.UNAVAILABLE : Effect.FAULT,
        "RocksDB does not open %s, which may be in use: %s".formatted(folder, code),
        cause);
  }

  static StoreException reading(Path folder, RocksDBException cause) {
    Code code = code(cause);
    Effect effect =
        isBusy(code)
            ? Effect.TRANSIENT
            : code == Code.IOError || code == Code.ShutdownInProgress
                ? Effect.UNAVAILABLE
                : Effect.FAULT;
    return new StoreException(effect, "A read in %s failed: %s".formatted(folder, code), cause);
  }

  /**
   * A write that failed may be in the write-ahead log all the same, and come to light when that is
   * read again; unless the engine refused it before it began.
   */
  static StoreException writing(Path folder, RocksDBException cause) {
    Code code = code(cause);
    Effect effect =
        isBusy(code)
            ? Effect.TRANSIENT
            : code == Code.InvalidArgument || code == Code.NotSupported
                ? Effect.FAULT
                : Effect.UNKNOWN;
    return new StoreException(effect, "A write in %s failed: %s".formatted(folder, code), cause);
  }

  private static boolean isBusy(Code code) {
    return code == Code.Busy
        || code == Code.TimedOut
        || code == Code.TryAgain
        || code == Code.Incomplete;
  }

  private static Code code(RocksDBException exception) {
    @Nullable Status status = exception.getStatus();
    return status == null || status.getCode() == null ? Code.Undefined : status.getCode();
  }
}
