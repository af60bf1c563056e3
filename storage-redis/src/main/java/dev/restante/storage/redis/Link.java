package dev.restante.storage.redis;

import dev.restante.storage.Durability;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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

  // ---- several calls at once --------------------------------------------------------------------

  /**
   * The answer to one of several calls.
   *
   * @param value what the script returned; {@code null} if it failed
   * @param failure why it did
   * @param again whether it was sent again, so that it ran behind all that was not
   */
  record Reply(@Nullable Object value, @Nullable Throwable failure, boolean again) {}

  /** Sends calls one behind the other, and waits for none. */
  List<CompletableFuture<Object>> send(List<Call> calls) {
    List<CompletableFuture<Object>> sent = new ArrayList<>(calls.size());
    connection.setAutoFlushCommands(false);
    try {
      calls.forEach(call -> sent.add(sent(call)));
    } finally {
      connection.flushCommands();
      connection.setAutoFlushCommands(true);
    }
    return sent;
  }

  private CompletableFuture<Object> sent(Call call) {
    Script script = call.script();
    try {
      return commands
          .<Object>evalsha(script.digest(), script.answer(), call.keys(), call.arguments())
          .toCompletableFuture();
    } catch (RedisException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Waits for the answers to what was sent, in its order. */
  List<Reply> receive(List<Call> calls, List<CompletableFuture<Object>> sent) {
    List<Reply> replies = new ArrayList<>(awaited(sent));
    List<Integer> unknown = new ArrayList<>();
    for (int i = 0; i < replies.size(); i++) {
      if (replies.get(i).failure() instanceof RedisNoScriptException) {
        unknown.add(i);
      }
    }
    if (!unknown.isEmpty()) {
      // They have not run: Redis was restarted, or failed over, or somebody emptied its cache.
      List<Call> again = unknown.stream().map(calls::get).toList();
      List<Reply> later = loaded(again) ? awaited(send(again)) : awaited(evaluated(again));
      for (int i = 0; i < unknown.size(); i++) {
        Reply reply = later.get(i);
        replies.set(unknown.get(i), new Reply(reply.value(), reply.failure(), true));
      }
    }
    return replies;
  }

  /**
   * Hands Redis the texts of scripts. A user who may only run them hands them in with the calls.
   */
  private boolean loaded(List<Call> calls) {
    Set<Script> scripts = new LinkedHashSet<>();
    calls.forEach(call -> scripts.add(call.script()));
    try {
      for (Script script : scripts) {
        attempt(() -> commands.scriptLoad(script.text()), timeout);
      }
      return true;
    } catch (Failed e) {
      return false;
    }
  }

  private List<CompletableFuture<Object>> evaluated(List<Call> calls) {
    List<CompletableFuture<Object>> sent = new ArrayList<>(calls.size());
    for (Call call : calls) {
      Script script = call.script();
      try {
        sent.add(
            commands
                .<Object>eval(script.text(), script.answer(), call.keys(), call.arguments())
                .toCompletableFuture());
      } catch (RedisException e) {
        sent.add(CompletableFuture.failedFuture(e));
      }
    }
    return sent;
  }

  private List<Reply> awaited(List<CompletableFuture<Object>> sent) {
    CompletableFuture<Void> all =
        CompletableFuture.allOf(sent.toArray(new CompletableFuture<?>[0])).exceptionally(e -> null);
    Throwable late = null;
    try {
      all.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      late = e;
    } catch (TimeoutException | ExecutionException e) {
      late = e;
    }
    List<Reply> replies = new ArrayList<>(sent.size());
    for (CompletableFuture<Object> each : sent) {
      replies.add(reply(each, late));
    }
    return replies;
  }

  private Reply reply(CompletableFuture<Object> sent, @Nullable Throwable late) {
    if (!sent.isDone() && late != null) {
      spoiled = true;
      return new Reply(null, late, false);
    }
    Reply reply =
        sent.handle(
                (value, failure) ->
                    new Reply(
                        value,
                        failure instanceof CompletionException e ? e.getCause() : failure,
                        false))
            .join();
    Throwable failure = reply.failure();
    if (failure != null && !(failure instanceof RedisNoScriptException)) {
      spoiled |= Failures.spoils(failure);
    }
    return reply;
  }

  // ---- and what else there is -------------------------------------------------------------------

  /** How many replicas have all that this connection wrote, after so long at most. */
  long replicas(Waiting waiting) {
    return replicas(waiting, askReplicas(waiting));
  }

  /** The same; the answer is waited for by {@link #replicas(Waiting, CompletableFuture)}. */
  CompletableFuture<Long> askReplicas(Waiting waiting) {
    try {
      return commands
          .waitForReplication(waiting.replicas(), waiting.patience().toMillis())
          .toCompletableFuture();
    } catch (RedisException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  long replicas(Waiting waiting, CompletableFuture<Long> asked) {
    try {
      return attempt(() -> asked, timeout.plus(waiting.patience()));
    } catch (Failed e) {
      throw Failures.calling(e.reason(), "WAIT", true);
    }
  }

  /**
   * Whether a node of a cluster knows of any replica: one that is down, or has nothing yet, too.
   */
  boolean knowsReplicas() {
    return read("CLUSTER NODES", commands::clusterNodes)
        .lines()
        .map(line -> line.split(" ", -1))
        .anyMatch(words -> words.length > 2 && List.of(words[2].split(",")).contains("slave"));
  }

  /** What a node of a cluster says about slots. */
  List<?> slots() {
    return read("CLUSTER SLOTS", commands::clusterSlots);
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
