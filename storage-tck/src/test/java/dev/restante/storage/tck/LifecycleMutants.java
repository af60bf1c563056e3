package dev.restante.storage.tck;

import static dev.restante.storage.tck.NaiveStore.pause;

import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StoreInfo;
import java.util.stream.Stream;

/** Breaks opening and closing (S). */
final class LifecycleMutants {
  private LifecycleMutants() {}

  static Stream<Mutant> all() {
    return Stream.of(
        new Mutant(
            "S1",
            "forgets records when it is closed",
            data ->
                new NaiveStore(data) {
                  @Override
                  public void close() {
                    data.records.clear();
                    super.close();
                  }
                }),
        new Mutant(
            "S2",
            "goes on after it was closed",
            data ->
                new NaiveStore(data) {
                  @Override
                  void check() {}
                }),
        new Mutant(
            "S3",
            "does not like to be closed twice",
            data ->
                new NaiveStore(data) {
                  @Override
                  public void close() {
                    check();
                    super.close();
                  }
                }),
        new Mutant(
            "S4",
            "closes for all",
            data ->
                new NaiveStore(data) {
                  @Override
                  void check() {
                    super.check();
                    if (data.disturbed) {
                      throw new StoreException(Effect.FAULT, "closed", null);
                    }
                  }

                  @Override
                  public void close() {
                    data.disturbed = true;
                    super.close();
                  }
                }),
        new Mutant(
            "S5",
            "fails where another is opening too",
            data -> {
              if (data.disturbed) {
                throw new StoreException(Effect.FAULT, "the table exists already", null);
              }
              data.disturbed = true;
              for (int i = 0; i < 100; i++) {
                pause();
              }
              data.disturbed = false;
              return new NaiveStore(data);
            }),
        new Mutant(
            "S6",
            "declares nothing usable",
            data ->
                new NaiveStore(data) {
                  @Override
                  public StoreInfo info() {
                    StoreInfo info = super.info();
                    return new StoreInfo(
                        "", info.durability(), info.shared(), info.locking(), info.moving(), 0, 0);
                  }
                }),
        new Mutant(
            "S7",
            "refuses a payload of the declared size",
            data ->
                new NaiveStore(data) {
                  @Override
                  int maxPayloadBytes() {
                    return super.maxPayloadBytes() - 1;
                  }
                }));
  }
}
