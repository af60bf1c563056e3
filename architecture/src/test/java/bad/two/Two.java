package bad.two;

import bad.one.One;
import java.util.Date;

/** The other half; and an old date. */
@SuppressWarnings("JavaUtilDate") // this is what not to do
public final class Two {
  public One one() {
    return new One();
  }

  public long time(Date date) {
    return date.getTime();
  }
}
