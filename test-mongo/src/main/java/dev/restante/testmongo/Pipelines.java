package dev.restante.testmongo;

import de.bwaldvogel.mongo.bson.Document;
import java.time.Instant;
import java.util.List;

/**
 * Updates by a pipeline, told as plain ones. What is understood is one stage that sets fields to
 * numbers, or to a number of milliseconds after the server's time; anything else is an error of the
 * test's, and not taken for something similar.
 */
final class Pipelines {
  private Pipelines() {}

  /** Changes a command that updates. */
  static void tellPlainly(Document command) {
    if (command.get("updates") instanceof List<?> updates) {
      for (Object each : updates) {
        if (each instanceof Document update && update.get("u") instanceof List<?> stages) {
          update.put("u", plain(stages));
        }
      }
    }
  }

  private static Document plain(List<?> stages) {
    if (stages.size() != 1
        || !(stages.get(0) instanceof Document stage)
        || stage.size() != 1
        || !(stage.get("$set") instanceof Document fields)) {
      throw new IllegalArgumentException("Not understood here: " + stages);
    }
    Document values = new Document();
    fields.forEach((field, value) -> values.append(field, value(value)));
    return new Document("$set", values);
  }

  private static Object value(Object expression) {
    if (expression instanceof Number) {
      return expression;
    }
    if (expression instanceof Document sum
        && sum.size() == 1
        && sum.get("$add") instanceof List<?> parts
        && parts.size() == 2
        && parts.get(0).equals("$$NOW")
        && parts.get(1) instanceof Number millis) {
      return Instant.now().plusMillis(millis.longValue());
    }
    throw new IllegalArgumentException("Not understood here: " + expression);
  }
}
