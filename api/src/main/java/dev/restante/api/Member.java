package dev.restante.api;

import static java.util.Objects.requireNonNull;

/**
 * A user in a group.
 *
 * @param user the user
 * @param role what the user may do
 */
public record Member(UserId user, Role role) {
  public Member {
    requireNonNull(user, "user");
    requireNonNull(role, "role");
  }
}
