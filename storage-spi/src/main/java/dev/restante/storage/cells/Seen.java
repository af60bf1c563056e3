package dev.restante.storage.cells;

import java.util.List;

/**
 * What a look at one or more cells showed.
 *
 * @param value what they hold without the intents: each cell as of one moment of the look
 * @param met the intents that were in the cells at these moments
 * @param <T> the kind of value
 */
public record Seen<T>(T value, List<Met> met) {}
