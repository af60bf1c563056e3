/** A chat server: Restante behind WebSocket and JSON, with a page that shows what it does. */
@NullMarked
package dev.restante.example.chat;

import org.jspecify.annotations.NullMarked;
