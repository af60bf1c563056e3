package dev.restante.example.cluster;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class NodeTest {
  /** It is paused when it has sent the head of its answer. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aNodeThatStopsInItsAnswerIsNotWaitedFor() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<Socket> asked = new CompletableFuture<>();
      Thread paused = new Thread(() -> answerHalf(server, asked), "paused");
      paused.start();
      assertThatThrownBy(() -> Node.get(server.getLocalPort(), "/health", Duration.ofMillis(500)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("/health");
      try (Socket connection = asked.get(10, TimeUnit.SECONDS)) {
        connection.setSoTimeout(10_000);
        // Nor is its connection kept.
        while (connection.getInputStream().read() != -1) {}
      }
      paused.join();
      assertThat(asked).isCompleted();
    }
  }

  private static void answerHalf(ServerSocket server, CompletableFuture<Socket> asked) {
    try {
      Socket connection = server.accept();
      connection
          .getOutputStream()
          .write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{".getBytes(US_ASCII));
      asked.complete(connection);
    } catch (IOException e) {
      asked.completeExceptionally(e);
    }
  }
}
