package dev.restante.storage.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.restante.bus.BusException;
import dev.restante.bus.BusLink;
import dev.restante.bus.BusReceiver;
import dev.restante.bus.NodeBus;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Base64;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/**
 * A node bus on PostgreSQL's {@code LISTEN} and {@code NOTIFY}. It need not be the database that
 * the messages are in.
 *
 * <p>A link takes two connections of its own from the data source, keeps them, and breaks them off
 * when it is closed: one waits for notifications, on a daemon thread {@code restante-bus-listener}
 * of this bus, the other sends. A pool needs room for both beside those of the store; a data source
 * without a pool is as good. Let it have a time-out for connecting (the driver's {@code
 * loginTimeout}, or the pool's): while a connection is being made that never comes no other is
 * tried. What leads to the server must keep a session for its client: PgBouncer in transaction mode
 * does not carry {@code LISTEN}, and a replica refuses it.
 *
 * <p>Immutable; safe for use by many threads.
 */
public final class PostgresBus implements NodeBus {
  static final String DEFAULT_CHANNEL = "restante_hints";

  /** A payload has fewer than 8,000 bytes, and is text: three bytes take four characters. */
  static final int MAX_MESSAGE_BYTES = 7_999 / 4 * 3;

  /** What is told in passing need not be forced to the disk; the session stays as it was. */
  private static final String NOTIFY =
      "SELECT set_config('synchronous_commit', 'off', true), pg_notify(?, ?)";

  private static final Pattern CHANNEL = Pattern.compile("[a-z_][a-z0-9_]{0,62}");

  /** How long a statement may take. What waits for notifications waits for ever. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final DataSource dataSource;
  private final String channel;

  private PostgresBus(DataSource dataSource, String channel) {
    this.dataSource = dataSource;
    this.channel = channel;
  }

  /**
   * A bus on a data source of PostgreSQL that the host owns and nobody closes here, on the channel
   * {@code restante_hints}.
   */
  public static PostgresBus on(DataSource dataSource) {
    return new PostgresBus(requireNonNull(dataSource, "dataSource"), DEFAULT_CHANNEL);
  }

  /**
   * The same on another channel. Nodes hear each other if database and channel are the same: give
   * nodes on another store another channel, or they wake each other in vain.
   *
   * @param name 1 to 63 of a-z, 0-9 and _, not beginning with a digit
   * @throws IllegalArgumentException if it is anything else
   */
  public PostgresBus withChannel(String name) {
    if (!CHANNEL.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "The channel must be 1 to 63 of a-z, 0-9 and _, not beginning with a digit, is " + name);
    }
    return new PostgresBus(dataSource, name);
  }

  @Override
  public String description() {
    return "PostgreSQL bus, channel " + channel;
  }

  @Override
  public BusLink connect(BusReceiver receiver) {
    Connection listening = null;
    Connection sending = null;
    try {
      listening = connection();
      sending = connection();
      Link link = new Link(dataSource, listening, sending, channel, receiver);
      link.begin();
      return link;
    } catch (SQLException | RuntimeException e) {
      abort(dataSource, listening);
      abort(dataSource, sending);
      throw new BusException("cannot connect: " + e.getMessage(), e);
    }
  }

  private Connection connection() throws SQLException {
    Connection connection = dataSource.getConnection();
    try {
      connection.setNetworkTimeout(Runnable::run, (int) PATIENCE.toMillis());
      connection.setAutoCommit(true);
      return connection;
    } catch (SQLException | RuntimeException e) {
      abort(dataSource, connection);
      throw e;
    }
  }

  /** Lets a connection go without asking the server, and frees whoever waits on it. */
  private static void abort(DataSource dataSource, @Nullable Connection connection) {
    if (connection == null) {
      return;
    }
    try {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      // It was broken already.
    }
    try {
      PoolPatience.endOf(dataSource, connection);
    } catch (SQLException e) {
      // A pool says that it is broken.
    }
  }

  /** The driver gives notifications to nobody but who waits for them. */
  private static void start(Runnable listener) {
    Thread thread = new Thread(listener, "restante-bus-listener");
    thread.setDaemon(true);
    thread.start();
  }

  static void tell(Connection through, String channel, byte[] message) throws SQLException {
    try (PreparedStatement statement = through.prepareStatement(NOTIFY)) {
      statement.setString(1, channel);
      statement.setString(2, Base64.getEncoder().encodeToString(message));
      statement.execute();
    }
  }

  private static final class Link implements BusLink {
    private final DataSource dataSource;
    private final Connection listening;
    private final Connection sending;
    private final String channel;
    private final BusReceiver receiver;
    private volatile boolean closed;

    Link(
        DataSource dataSource,
        Connection listening,
        Connection sending,
        String channel,
        BusReceiver receiver) {
      this.dataSource = dataSource;
      this.listening = listening;
      this.sending = sending;
      this.channel = channel;
      this.receiver = receiver;
    }

    void begin() throws SQLException {
      PGConnection notifications = listening.unwrap(PGConnection.class);
      try (Statement statement = listening.createStatement()) {
        statement.execute("LISTEN \"" + channel + "\"");
      }
      listening.setNetworkTimeout(Runnable::run, 0);
      start(() -> listen(notifications));
    }

    private void listen(PGConnection notifications) {
      try {
        while (!closed) {
          PGNotification[] heard = notifications.getNotifications(0);
          if (heard != null) {
            for (PGNotification each : heard) {
              hear(each);
            }
          }
        }
      } catch (SQLException e) {
        if (!closed) {
          receiver.lost(e);
        }
      }
    }

    private void hear(PGNotification notification) {
      if (!closed && notification.getName().equals(channel)) {
        receiver.received(decoded(notification.getParameter()));
      }
    }

    /** What is no text of ours is handed on as it is: the core knows what to do with it. */
    private static byte[] decoded(String payload) {
      try {
        return Base64.getDecoder().decode(payload);
      } catch (IllegalArgumentException e) {
        return payload.getBytes(UTF_8);
      }
    }

    @Override
    public int maxMessageBytes() {
      return MAX_MESSAGE_BYTES;
    }

    @Override
    public void send(byte[] message) {
      if (closed) {
        throw new BusException("the link was closed", null);
      }
      try {
        PostgresBus.tell(sending, channel, message);
      } catch (SQLException e) {
        throw new BusException("cannot send: " + e.getMessage(), e);
      }
    }

    @Override
    public void close() {
      closed = true;
      abort(dataSource, listening);
      abort(dataSource, sending);
    }
  }
}
