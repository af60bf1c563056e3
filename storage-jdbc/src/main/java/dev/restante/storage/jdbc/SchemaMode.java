package dev.restante.storage.jdbc;

/** What opening does about the tables. */
public enum SchemaMode {
  /** Creates what is missing and brings older tables up to date, safely with other nodes. */
  MIGRATE,
  /** Changes nothing; fails, and lists what is missing, unless all is there in this version. */
  VALIDATE,
  /** Changes and looks at nothing. */
  NONE
}
