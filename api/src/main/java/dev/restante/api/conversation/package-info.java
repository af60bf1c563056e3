/** Groups and who is in them. */
@NullMarked
package dev.restante.api.conversation;

import org.jspecify.annotations.NullMarked;
