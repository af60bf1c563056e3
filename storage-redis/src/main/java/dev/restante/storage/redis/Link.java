package dev.restante.storage.redis;

import dev.restante.storage.Durability;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * One connection, for one call at a time. Waits on the caller's thread. What failed without an
 * answer spoils it: nobody knows what still comes.
 */
final class Link {
  private final StatefulRedisConnection<byte[], byte[]> connection;
  private final RedisAsyncCommands<byte[], byte[]> commands;
  private final Duration timeout;
  private boolean spoiled;
  private Durability promised = Durability.VOLATILE;

  Link(StatefulRedisConnection<byte[], byte[]> connection, Duration timeout) {
    this.connection = connection;
    this.commands = connection.async();
    this.timeout = timeout;
  }

  /** Runs a script; hands Redis its text if it does not know it, or not any more. */
  Object call(Call call) {
    Script script = call.script();
    byte[][] keys = call.keys();
    byte[][] arguments = call.arguments();
    try {
      return attempt(
          () -> commands.evalsha(script.digest(), script.answer(), keys, arguments), timeout);
    } catch (RedisNoScriptException unknown) {
      // Nothing has run: Redis was restarted, or failed over, or somebody emptied its cache.
    } catch (Failed e) {
      throw failure(e, script);
    }
    try {
      return attempt(() -> commands.eval(script.text(), script.answer(), keys, arguments), timeout);
    } catch (Failed e) {
      throw failure(e, script);
    }
  }

  /** How many replicas have all that this connection wrote, after so long at most. */
  long replicas(int wanted, Duration patience) {
    try {
      return attempt(
          () -> commands.waitForReplication(wanted, patience.toMillis()), timeout.plus(patience));
    } catch (Failed e) {
      throw Failures.calling(e.reason(), "WAIT", true);
    }
  }

  String info() {
    return read("INFO", commands::info);
  }

  Map<String, String> config(String... names) throws Failed {
    return attempt(() -> commands.configGet(names), timeout);
  }

  /** What the server behind it promised when it was opened. */
  Durability promised() {
    return promised;
  }

  void promised(Durability durability) {
    promised = durability;
  }

  boolean isUsable() {
    return !spoiled && connection.isOpen();
  }

  /** Lets it go. That does not wait for the other end. */
  void close() {
    connection.close();
  }

  private <T> T read(String what, Supplier<Future<T>> command) {
    try {
      return attempt(command, timeout);
    } catch (Failed e) {
      throw Failures.calling(e.reason(), what, false);
    }
  }

  private static StoreException failure(Failed failed, Script script) {
    return Failures.calling(failed.reason(), script.name(), script.writes());
  }

  /** A command that did not end well. */
  static final class Failed extends Exception {
    private static final long serialVersionUID = 1L;

    Failed(Throwable reason) {
      super(reason);
    }

    Throwable reason() {
      Throwable reason = getCause();
      return reason == null ? this : reason;
    }
  }

  private <T> T attempt(Supplier<? extends Future<T>> command, Duration patience) throws Failed {
    Future<T> answer;
    try {
      answer = command.get();
      return answer.get(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      Throwable reason = e.getCause() == null ? e : e.getCause();
      if (reason instanceof RedisNoScriptException unknown) {
        throw unknown;
      }
      throw failed(reason);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed(e);
    } catch (TimeoutException | RedisException e) {
      throw failed(e);
    }
  }

  private Failed failed(Throwable reason) {
    spoiled |= Failures.spoils(reason);
    return new Failed(reason);
  }

  /** A store that was closed, said in one place. */
  static StoreException closed() {
    return new StoreException(Effect.FAULT, "The Redis store is closed", null);
  }
}
