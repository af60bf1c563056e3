/** A store on MongoDB: standalone or a replica set. */
module dev.restante.storage.mongo {
  requires transitive dev.restante.storage;
  requires transitive org.mongodb.driver.sync.client;
  requires org.mongodb.driver.core;
  requires org.mongodb.bson;
  requires static org.jspecify;

  exports dev.restante.storage.mongo;

  provides dev.restante.storage.StorageProvider with
      dev.restante.storage.mongo.MongoStorageProvider;
}
