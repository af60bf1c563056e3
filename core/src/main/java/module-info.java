/** The engines. One exported package with one door: {@link dev.restante.Restante#builder()}. */
module dev.restante.core {
  requires transitive dev.restante.api;
  requires transitive dev.restante.storage;
  requires com.google.common;
  requires org.slf4j;
  requires static org.jspecify;

  exports dev.restante;

  uses dev.restante.storage.StorageProvider;
}
