package bad.internal;

import bad.storage.jdbc.Adapter;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/** Sees a store, a test library and services, waits, and may be extended by anybody. */
public class Engine {
  public Optional<JavaClasses> classes() {
    return Optional.empty();
  }

  public Object adapter() {
    return new Adapter();
  }

  public Object services() {
    return ServiceLoader.load(Runnable.class);
  }

  public Object join(CompletableFuture<String> future) {
    return future.join();
  }

  public Object get(Future<String> future) throws Exception {
    return future.get();
  }
}
