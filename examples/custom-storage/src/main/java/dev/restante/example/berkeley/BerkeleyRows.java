package dev.restante.example.berkeley;

import static com.sleepycat.je.LockMode.READ_UNCOMMITTED;

import com.sleepycat.je.Cursor;
import com.sleepycat.je.CursorConfig;
import com.sleepycat.je.Database;
import com.sleepycat.je.DatabaseEntry;
import com.sleepycat.je.DatabaseException;
import com.sleepycat.je.OperationStatus;
import dev.restante.storage.ordered.Rows;
import java.util.Arrays;

// rows begins
/** A cursor that ends where the range does. */
final class BerkeleyRows implements Rows {
  private final Cursor cursor;
  private final byte[] from;
  private final byte[] before;
  private final boolean descending;
  private final DatabaseEntry key = new DatabaseEntry();
  private final DatabaseEntry value = new DatabaseEntry();
  private boolean begun;

  BerkeleyRows(Database table, byte[] from, byte[] before, boolean descending) {
    this.cursor = table.openCursor(null, CursorConfig.READ_UNCOMMITTED);
    this.from = from;
    this.before = before;
    this.descending = descending;
  }

  @Override
  public boolean next() {
    try {
      OperationStatus moved = begun ? step() : begin();
      return moved == OperationStatus.SUCCESS && inRange();
    } catch (DatabaseException e) {
      throw BerkeleySnapshot.failed(e);
    }
  }

  private OperationStatus begin() {
    begun = true;
    key.setData(descending ? before : from);
    OperationStatus found = cursor.getSearchKeyRange(key, value, READ_UNCOMMITTED);
    if (!descending) {
      return found;
    }
    return found == OperationStatus.SUCCESS ? step() : cursor.getLast(key, value, READ_UNCOMMITTED);
  }

  private OperationStatus step() {
    return descending
        ? cursor.getPrev(key, value, READ_UNCOMMITTED)
        : cursor.getNext(key, value, READ_UNCOMMITTED);
  }

  private boolean inRange() {
    return Arrays.compareUnsigned(key.getData(), from) >= 0
        && Arrays.compareUnsigned(key.getData(), before) < 0;
  }

  @Override
  public byte[] key() {
    return key.getData();
  }

  @Override
  public byte[] value() {
    return value.getData();
  }

  @Override
  public void close() {
    cursor.close();
  }
}
// rows ends
