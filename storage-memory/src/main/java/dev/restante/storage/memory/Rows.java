package dev.restante.storage.memory;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one stream, in order of their numbers. Rows leave at the front when the stream is
 * trimmed, and anywhere but at the end when they are superseded; a superseded row leaves a hole,
 * and holes are squeezed out when they are the greater part. Numbers are nearly always dense, so a
 * row is found by subtraction; where they are not, by binary search.
 */
final class Rows<R> {
  private static final int FIRST_CAPACITY = 4;
  private static final int HOLES_WORTH_SQUEEZING = 32;

  private @Nullable Object[] rows = new @Nullable Object[FIRST_CAPACITY];
  private long[] numbers = new long[FIRST_CAPACITY];
  private int start;
  private int end;
  private int holes;

  boolean isEmpty() {
    return start == end;
  }

  /** The last row. There must be one; it is never a hole. */
  R last() {
    R row = get(end - 1);
    if (row == null) {
      throw new IllegalStateException("The last row of a stream is missing");
    }
    return row;
  }

  /** The last row's number. There must be one. */
  long lastNumber() {
    return numbers[end - 1];
  }

  void add(long number, R row) {
    if (end == numbers.length) {
      makeRoom();
    }
    numbers[end] = number;
    rows[end] = row;
    end++;
  }

  /** The first index with a number above the given one; {@link #end()} if there is none. */
  int indexAbove(long number) {
    if (start == end || number < numbers[start]) {
      return start;
    }
    if (number >= numbers[end - 1]) {
      return end;
    }
    long offset = number - numbers[start];
    if (offset < end - start) {
      int guess = start + (int) offset;
      if (numbers[guess] == number) {
        return guess + 1;
      }
    }
    int found = Arrays.binarySearch(numbers, start, end, number);
    return found >= 0 ? found + 1 : -found - 1;
  }

  int start() {
    return start;
  }

  int end() {
    return end;
  }

  /** The row at an index, or {@code null} if there is a hole. */
  @SuppressWarnings("unchecked") // only add() stores into the array, and only an R
  @Nullable R get(int index) {
    return (R) rows[index];
  }

  @Nullable R find(long number) {
    int index = indexAbove(number) - 1;
    return index >= start && numbers[index] == number ? get(index) : null;
  }

  /** Makes a hole where the row is. It must not be the last one. */
  void supersede(long number) {
    int index = indexAbove(number) - 1;
    if (index < start || numbers[index] != number || rows[index] == null) {
      return;
    }
    rows[index] = null;
    holes++;
    if (holes > HOLES_WORTH_SQUEEZING && holes > (end - start) / 2) {
      squeeze();
    }
  }

  /**
   * Removes rows from the front, holes uncounted.
   *
   * @return the number of the last row removed (0 if none was) if {@code maxRows} stopped it,
   *     {@code through} if no row up to there is left
   */
  long removeThrough(long through, int maxRows, Consumer<R> removed) {
    long reached = 0;
    int count = 0;
    while (start < end && numbers[start] <= through) {
      R row = get(start);
      if (row == null) {
        holes--;
      } else if (count == maxRows) {
        return reached;
      } else {
        count++;
        rows[start] = null;
        reached = numbers[start];
        removed.accept(row);
      }
      start++;
    }
    return through;
  }

  private void makeRoom() {
    int size = end - start;
    if (start >= size && start > 0) {
      moveTo(rows, numbers, size);
      return;
    }
    int capacity = Math.max(FIRST_CAPACITY, size * 2);
    moveTo(new @Nullable Object[capacity], new long[capacity], size);
  }

  private void moveTo(@Nullable Object[] newRows, long[] newNumbers, int size) {
    System.arraycopy(rows, start, newRows, 0, size);
    System.arraycopy(numbers, start, newNumbers, 0, size);
    if (newRows == rows) {
      Arrays.fill(rows, size, end, null);
    }
    rows = newRows;
    numbers = newNumbers;
    start = 0;
    end = size;
  }

  private void squeeze() {
    int to = start;
    for (int from = start; from < end; from++) {
      if (rows[from] != null) {
        rows[to] = rows[from];
        numbers[to] = numbers[from];
        to++;
      }
    }
    Arrays.fill(rows, to, end, null);
    end = to;
    holes = 0;
  }
}
