/**
 * Three chat servers on one PostgreSQL and Redis, a balancer, and a page to kill and pause them.
 */
@NullMarked
package dev.restante.example.cluster;

import org.jspecify.annotations.NullMarked;
