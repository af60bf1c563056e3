package dev.restante.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.restante.testredis.Proxy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class ProxyTest {
  /** What TCP does while packets are lost: nothing is missing afterwards, it is late. */
  @Test
  void whatAHaltedWayHoldsBackArrivesLater() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Proxy way = new Proxy(server.getLocalPort());
        Socket client = new Socket(InetAddress.getLoopbackAddress(), way.port());
        Socket accepted = server.accept()) {
      client.getOutputStream().write(1);
      assertThat(accepted.getInputStream().read()).isEqualTo(1);

      client.setSoTimeout(200);
      accepted.setSoTimeout(200);
      way.halt(true);
      client.getOutputStream().write(2);
      accepted.getOutputStream().write(3);
      assertThatThrownBy(() -> accepted.getInputStream().read())
          .isInstanceOf(SocketTimeoutException.class);
      assertThatThrownBy(() -> client.getInputStream().read())
          .isInstanceOf(SocketTimeoutException.class);

      way.halt(false);
      accepted.setSoTimeout(0);
      client.setSoTimeout(0);
      assertThat(accepted.getInputStream().read()).isEqualTo(2);
      assertThat(client.getInputStream().read()).isEqualTo(3);
      client.shutdownOutput();
      assertThat(accepted.getInputStream().read()).isEqualTo(-1);
    }
  }
}
