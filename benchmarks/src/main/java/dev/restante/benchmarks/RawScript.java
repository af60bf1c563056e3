package dev.restante.benchmarks;

import io.lettuce.core.RedisFuture;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/** A script by hand, and the connection that it is called over. For one thread. */
final class RawScript {
  private final StatefulRedisConnection<byte[], byte[]> connection;
  private final String digest;

  RawScript(StatefulRedisConnection<byte[], byte[]> connection, String name) {
    this.connection = connection;
    digest = connection.sync().scriptLoad(text(name));
  }

  /** For a script that returns a number. */
  long number(List<byte[]> keys, List<byte[]> arguments) throws Exception {
    RedisFuture<Long> answer =
        connection.async().evalsha(digest, ScriptOutputType.INTEGER, array(keys), array(arguments));
    return answer.get();
  }

  /** For a script that returns a list. */
  List<Object> list(List<byte[]> keys, List<byte[]> arguments) throws Exception {
    RedisFuture<List<Object>> answer =
        connection.async().evalsha(digest, ScriptOutputType.MULTI, array(keys), array(arguments));
    return answer.get();
  }

  private static byte[][] array(List<byte[]> values) {
    return values.toArray(byte[][]::new);
  }

  private static byte[] text(String name) {
    try (InputStream in = RawScript.class.getResourceAsStream(name + ".lua")) {
      if (in == null) {
        throw new IllegalStateException("The script " + name + " is missing");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
