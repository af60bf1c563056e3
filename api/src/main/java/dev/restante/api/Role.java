package dev.restante.api;

/** What a member of a group may do. */
public enum Role {
  /**
   * Everything, and to give the group's roles. A group always keeps an owner while it has members.
   */
  OWNER(3),
  /** Add and remove members, change the title. */
  ADMIN(2),
  /** Write, read, leave. */
  MEMBER(1);

  private final int code;

  Role(int code) {
    this.code = code;
  }

  /** The number that is persisted; it never changes. Higher may more. */
  public int code() {
    return code;
  }

  /** The role with this code; one that this version does not know is a plain member. */
  public static Role ofCode(int code) {
    for (Role role : values()) {
      if (role.code == code) {
        return role;
      }
    }
    return MEMBER;
  }
}
