package dev.restante.storage.jdbc;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.condition.EnabledIf;

/** A test that is skipped, visibly, where the server was left out of the build. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@EnabledIf(
    value = "dev.restante.storage.jdbc.MariadbServer#isThere",
    disabledReason = "MariaDB was left out of the build (-Drestante.mariadb=off)")
@interface NeedsMariadb {}
