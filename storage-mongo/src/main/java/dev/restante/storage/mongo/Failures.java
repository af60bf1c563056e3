package dev.restante.storage.mongo;

import com.mongodb.MongoBulkWriteException;
import com.mongodb.MongoCommandException;
import com.mongodb.MongoConfigurationException;
import com.mongodb.MongoException;
import com.mongodb.MongoSecurityException;
import com.mongodb.MongoSocketOpenException;
import com.mongodb.MongoTimeoutException;
import com.mongodb.MongoWriteException;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import java.util.Set;

/** What a failure means, by its class and by MongoDB's code, never by its text. */
final class Failures {
  static final int DUPLICATE_KEY = 11000;

  /** WriteConflict, LockTimeout, LockBusy, ExceededTimeLimit before anything was written. */
  private static final Set<Integer> BUSY = Set.of(24, 46, 112);

  /** NotWritablePrimary, NotPrimaryNoSecondaryOk, NotPrimaryOrSecondary, HostUnreachable. */
  private static final Set<Integer> CANNOT_NOW = Set.of(6, 10107, 13435, 13436);

  /**
   * Unauthorized, AuthenticationFailed, NamespaceNotFound, IndexOptionsConflict,
   * IndexKeySpecsConflict, CommandNotFound, BSONObjectTooLarge, ShardKeyNotFound.
   */
  private static final Set<Integer> NEVER = Set.of(13, 18, 26, 59, 61, 85, 86, 10334);

  private Failures() {}

  /** The driver says so where its client was closed. */
  static StoreException closed(IllegalStateException failure) {
    return new StoreException(Effect.FAULT, "The client of MongoDB is closed", failure);
  }

  /**
   * @param what what was asked
   * @param writes whether it may have written
   */
  static StoreException of(MongoException failure, String what, boolean writes) {
    Effect effect = effect(failure, writes);
    String says = failure.getCode() > 0 ? "MongoDB answers " + failure.getCode() : "No answer";
    return new StoreException(effect, says + " to " + what, failure);
  }

  private static Effect effect(MongoException failure, boolean writes) {
    if (failure instanceof MongoSecurityException
        || failure instanceof MongoConfigurationException) {
      return Effect.FAULT;
    }
    if (isBeforeSending(failure)) {
      return Effect.UNAVAILABLE;
    }
    int code = code(failure);
    if (failure instanceof MongoCommandException || failure instanceof MongoWriteException) {
      if (BUSY.contains(code)) {
        return Effect.TRANSIENT;
      }
      if (CANNOT_NOW.contains(code)) {
        return Effect.UNAVAILABLE;
      }
      if (NEVER.contains(code)) {
        return Effect.FAULT;
      }
    }
    // A part may be written, or not be where the write concern wants it.
    return writes ? Effect.UNKNOWN : Effect.UNAVAILABLE;
  }

  /** No server was found in time, no connection was free or could be opened. */
  private static boolean isBeforeSending(MongoException failure) {
    return failure.getClass() == MongoTimeoutException.class
        || failure instanceof MongoSocketOpenException;
  }

  private static int code(MongoException failure) {
    return failure instanceof MongoWriteException write
        ? write.getError().getCode()
        : failure.getCode();
  }

  static boolean isDuplicate(MongoWriteException failure) {
    return failure.getError().getCode() == DUPLICATE_KEY;
  }

  /** Whether nothing is wrong but that keys were there already. */
  static boolean isDuplicatesOnly(MongoBulkWriteException failure) {
    return failure.getWriteConcernError() == null
        && failure.getWriteErrors().stream().allMatch(error -> error.getCode() == DUPLICATE_KEY);
  }
}
