package dev.restante.storage.mongo;

import static com.mongodb.client.model.Filters.in;
import static com.mongodb.client.model.Projections.include;

import dev.restante.storage.StreamKey;
import dev.restante.storage.cells.Cell;
import dev.restante.storage.cells.Met;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bson.Document;
import org.bson.conversions.Bson;
import org.jspecify.annotations.Nullable;

/** The cells of streams, without what their intents hold. */
final class Heads {
  static final Bson WITHOUT_ROWS =
      include(
          Fields.CHANGES,
          Fields.SHAPE,
          Fields.HEAD,
          Fields.ORDINAL,
          Fields.TIME,
          Fields.FLOOR,
          Fields.CLEARED,
          Fields.INTENT_OF,
          Fields.INTENT_COMMITTED);

  /** How many ids one query names. */
  private static final int AT_ONCE = 1000;

  private final Map<StreamKey, Document> cells = new HashMap<>();

  private Heads() {}

  static Heads of(Place place, Collection<StreamKey> streams) {
    Heads heads = new Heads();
    Map<String, StreamKey> ids = new HashMap<>();
    streams.forEach(stream -> ids.put(Names.cell(stream), stream));
    for (List<String> lot : lots(ids.keySet())) {
      Place.read(
              "look up streams",
              () ->
                  place
                      .cells
                      .find(in(Fields.ID, lot))
                      .projection(WITHOUT_ROWS)
                      .into(new ArrayList<>()))
          .forEach(
              cell -> {
                StreamKey stream = ids.get(cell.getString(Fields.ID));
                if (stream != null) {
                  heads.cells.put(stream, cell);
                }
              });
    }
    return heads;
  }

  static List<List<String>> lots(Collection<String> ids) {
    List<String> all = List.copyOf(ids);
    List<List<String>> lots = new ArrayList<>();
    for (int from = 0; from < all.size(); from += AT_ONCE) {
      lots.add(all.subList(from, Math.min(all.size(), from + AT_ONCE)));
    }
    return lots;
  }

  @Nullable Document cell(StreamKey stream) {
    return cells.get(stream);
  }

  long number(StreamKey stream, String field) {
    Document cell = cells.get(stream);
    return cell == null ? 0 : Rows.number(cell, field);
  }

  void meet(StreamKey stream, List<Met> met) {
    Taking.met(Cell.of(stream), cells.get(stream)).ifPresent(met::add);
  }

  List<Met> met() {
    List<Met> met = new ArrayList<>();
    cells.keySet().forEach(stream -> meet(stream, met));
    return met;
  }
}
