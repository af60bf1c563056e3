/** The vocabulary of Restante and the interfaces of its engines. Stands on the JDK alone. */
module dev.restante.api {
  requires static org.jspecify;

  exports dev.restante.api;
  exports dev.restante.api.conversation;
  exports dev.restante.api.message;
  exports dev.restante.api.sync;
  exports dev.restante.api.wire;
}
