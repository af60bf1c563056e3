/**
 * A store on Redis: standalone, behind Sentinel, or a Redis Cluster. Each step is one Lua script
 * with a typed wrapper. How the data are laid out, and what each setting of Redis is worth, is in
 * {@code docs/storage-redis.md}.
 */
@NullMarked
package dev.restante.storage.redis;

import org.jspecify.annotations.NullMarked;
