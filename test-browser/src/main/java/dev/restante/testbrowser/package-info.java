/** A headless browser, in which tests look at pages. */
@NullMarked
package dev.restante.testbrowser;

import org.jspecify.annotations.NullMarked;
