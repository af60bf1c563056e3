package dev.restante.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import dev.restante.bus.NodeBus;
import java.sql.SQLException;

/** A database that several nodes may share. */
interface ServerDatabase extends Database {
  /** Connections for one node, which whoever asks for them closes. */
  HikariDataSource newPool();

  /** What the nodes tell each other over. */
  NodeBus bus();

  /** The settings as the server reports them. */
  String settings() throws SQLException;
}
