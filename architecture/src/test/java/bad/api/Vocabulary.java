package bad.api;

import com.google.common.collect.ImmutableList;

/** Shows a library in the API. */
public final class Vocabulary {
  public ImmutableList<String> words() {
    return ImmutableList.of();
  }
}
